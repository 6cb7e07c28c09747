#!/usr/bin/env python3
"""Holds reports against a published JSON Schema: validate.py SCHEMA REPORT...

Stricter than the schema itself, which lets readers of today read the reports of tomorrow: here a name that the schema does
not list is a mistake. With --mutate it holds the schema to its promise as well: each name of the report that is taken
away, and each value that gets another type, has to be noticed. Called by tests; prints every mistake, exits with 1 if there
was one.
"""
import json
import sys

import jsonschema


def strict(schema):
    """The schema with every object closed that lists its names."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(value) for name, value in schema.items()}
    if "properties" in schema and isinstance(schema.get("required"), list):
        closed.setdefault("additionalProperties", False)
    return closed


def shortened(value):
    """The report with the first element of every list: the others are like it."""
    if isinstance(value, dict):
        return {name: shortened(one) for name, one in value.items()}
    return [shortened(one) for one in value[:1]] if isinstance(value, list) else value


def places(value, path=()):
    """The path of every name and every element in a report."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in pairs:
        yield path + (step,)
        yield from places(one, path + (step,))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def mutants(report):
    """(what was done, the report with that mistake) for each mistake that has to be noticed."""
    for path in list(places(report)):
        holder, last = at(report, path[:-1]), path[-1]
        name = "/".join(map(str, path))
        kept = holder[last]
        # Which numbers a finding has as evidence is its own business.
        if isinstance(holder, dict) and path[-2:-1] != ("evidence",):
            del holder[last]
            yield "without " + name, report
        for other in ("x" if not isinstance(kept, str) else 23, [{}] if isinstance(kept, dict) else {"x": 1}):
            holder[last] = other
            yield name + " as " + json.dumps(other), report
        holder[last] = kept


def main():
    arguments = sys.argv[1:]
    mutate = "--mutate" in arguments
    paths = [argument for argument in arguments if argument != "--mutate"]
    with open(paths[0], encoding="utf-8") as file:
        schema = json.load(file)
    validator_of = jsonschema.validators.validator_for(schema)
    validator_of.check_schema(schema)
    published, closed = validator_of(schema), validator_of(strict(schema))
    # One alternative instead of two: its mistakes can be told.
    of_one = validator_of({**strict(schema), "oneOf": [strict(schema["oneOf"][0])]})
    mistakes = 0
    for path in paths[1:]:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        for error in (closed if isinstance(report, list) else of_one).iter_errors(report):
            for part in error.context or [error]:
                print(f"{path}: /{'/'.join(map(str, part.absolute_path))}: {part.message[:300]}")
            mistakes += 1
        if not mutate:
            continue
        count = 0
        for done, mutant in mutants(shortened(report)):
            count += 1
            if published.is_valid(mutant):
                print(f"{path}: the schema does not notice {done}")
                mistakes += 1
        print(f"{path}: {count} mistakes were tried")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
