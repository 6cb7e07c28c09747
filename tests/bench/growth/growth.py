#!/usr/bin/env python3
"""Measures how the cost of recording and reading grows, draws a chart for each dimension into docs/performance, and
puts charts, fitted exponents and what they mean between the growth marks of docs/performance.md.

usage: growth.py --programs BUILD/bin [--only DIMENSION,...] [--quick] [--data FILE]
"""

import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is written into the sources
import chart
from dimensions import DIMENSIONS, QUANTITIES

ROOT = pathlib.Path(__file__).resolve().parents[3]
# How far an exponent may lie from the expected one before it is called out: a quarter of a factor of ten is what
# caches and fixed costs make of a decade.
TOLERANCE = 0.25


def run(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(programs, dimension, n, folder, rounds):
    """One point, from some rounds: {quantity: number}. Times are the least ones, the rest are medians."""
    trace = f"{folder}/growth.pb"
    seen = []
    for _ in range(rounds):
        off = run(f"{programs}/bench_growth", dimension.name, str(n), "off")
        on = run(f"{programs}/bench_growth", dimension.name, str(n), trace)
        read = run(f"{programs}/bench_read_model", trace, "1")
        if on["lost"]:
            print(f"  {on['lost']} events lost", file=sys.stderr)
        seen.append(
            {
                "on_ns": on["ns"],
                "off_ns": off["ns"],
                "read_ns": read["ms"] * 1e6 / read["events"],
                "agent_mb": max(on["peak_rss"] - off["peak_rss"], 1e4) / 1e6,
                "reader_mb": read["peak_rss"] / 1e6,
                "disk_mb": read["file_bytes"] / 1e6,
                "sites": read["sites"],
                "lost": on["lost"],
            }
        )
    os.remove(trace)
    point = {key: statistics.median(one[key] for one in seen) for key in seen[0]}
    least = {key: min(one[key] for one in seen) for key in seen[0]}
    return point | {"record_ns": max(least["on_ns"] - least["off_ns"], 0.01), "read_ns": least["read_ns"]}


def exponent(points):
    """Slope of the least-squares line through log y over log x."""
    xs = [math.log10(x) for x, _ in points]
    ys = [math.log10(y) for _, y in points]
    x_mean, y_mean = statistics.fmean(xs), statistics.fmean(ys)
    return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys)) / sum((x - x_mean) ** 2 for x in xs)


def stretches(points):
    """(from, to, exponent) of each decade; where all is less than two decades, of each factor of four."""
    step = 10 if points[-1][0] >= 100 * points[0][0] else 4
    out, first = [], points[0]
    for i, (x, _) in enumerate(points):
        if x >= first[0] * step * 0.999:
            begin = next(j for j, point in enumerate(points) if point[0] == first[0])
            out.append((first[0], x, exponent(points[begin : i + 1])))
            first = points[i]
    return out


def measured_points(data, name, key):
    return [(row["n"], row[key]) for row in data[name]]


def draw(dimension, data):
    panels = [
        (
            title,
            unit,
            dimension.label,
            [(label, measured_points(data, dimension.name, key)) for label, key in series],
        )
        for title, unit, series in dimension.panels()
    ]
    path = ROOT / "docs/performance" / f"{dimension.name}.svg"
    path.write_text(chart.page(dimension.title, panels))


def section(dimension, data):
    """Markdown of one dimension: chart, exponents, and what is said about those that are not as expected."""
    out = [f"### {dimension.title}", "", f"![{dimension.title}](performance/{dimension.name}.svg)", ""]
    out += [dimension.what, ""]
    spans = [(a, b) for a, b, _ in stretches(measured_points(data, dimension.name, "record_ns"))]
    out.append("| exponent | expected | " + " | ".join(f"{chart.short(a)} – {chart.short(b)}" for a, b in spans) + " |")
    out.append("|---|--:|" + "--:|" * len(spans))
    remarks = []
    for key, name in QUANTITIES.items():
        expected = dimension.expected[key]
        cells = []
        strange = []
        for a, b, slope in stretches(measured_points(data, dimension.name, key)):
            odd = slope > expected + TOLERANCE
            cells.append(f"**{slope:.2f}**" if odd else f"{slope:.2f}")
            if odd:
                strange.append(f"{chart.short(a)} – {chart.short(b)}")
        out.append(f"| {name} | {expected} | " + " | ".join(cells) + " |")
        if strange:
            why = dimension.why.get(key, "Not explained yet.")
            remarks.append(f"- *{name}* grows faster than expected over {', '.join(strange)}: {why}")
    if not remarks:
        remarks = ["Nothing grows faster than expected."]
    lost = sum(row["lost"] for row in data[dimension.name])
    if lost:
        remarks.append(f"- {lost:.0f} events were lost in these recordings.")
    return "\n".join(out + [""] + remarks + [""])


def put_between_marks(page, text):
    begin, end = "<!-- growth: begin -->\n", "<!-- growth: end -->\n"
    old = page.read_text()
    before, rest = old.split(begin, 1)
    after = rest.split(end, 1)[1]
    page.write_text(before + begin + "\n" + text + end + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, help="folder of bench_growth and bench_read_model")
    parser.add_argument("--only", help="some dimensions, separated by commas")
    parser.add_argument("--quick", action="store_true", help="one round, and only small numbers: for a try")
    parser.add_argument("--data", help="file for the measured numbers (JSON): what is not measured now is taken from it")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",") if arguments.only else [dimension.name for dimension in DIMENSIONS]
    path = pathlib.Path(arguments.data) if arguments.data else pathlib.Path(arguments.programs).parent / "growth.json"
    data = json.loads(path.read_text()) if path.exists() else {}

    with tempfile.TemporaryDirectory(dir=pathlib.Path(arguments.programs).parent) as folder:
        for dimension in DIMENSIONS:
            if dimension.name not in wanted:
                continue
            data[dimension.name] = []
            for n in dimension.points[: 4 if arguments.quick else None]:
                rounds = 1 if arguments.quick or n in dimension.long else 3
                row = {"n": n} | measure(arguments.programs, dimension, n, folder, rounds)
                data[dimension.name].append(row)
                print(f"  {dimension.name} {chart.short(n)}: " + ", ".join(f"{k} {row[k]:.3g}" for k in QUANTITIES))
    path.write_text(json.dumps(data, indent=1) + "\n")
    drawn = [dimension for dimension in DIMENSIONS if dimension.name in data]
    for dimension in drawn:
        draw(dimension, data)
    put_between_marks(ROOT / "docs/performance.md", "\n".join(section(dimension, data) for dimension in drawn))


if __name__ == "__main__":
    main()
