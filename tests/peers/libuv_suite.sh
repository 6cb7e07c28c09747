#!/bin/bash
# libuv's own tests, one by one, without and with the agent preloaded: the results must be the same.
#
#   tests/peers/libuv_suite.sh [--build FOLDER] [--work FOLDER] [TEST...]
#
# Fetches Debian's source package of libuv into a private folder (its own package lists; nothing is installed),
# builds the runner against the shared library, and runs every test as an ordinary user in a writable folder.
# Prints a line a test (name, plain, preloaded) and a summary; exits 1 if any result differs. A test that fails
# is run three times ("ok 2/3": flaky by itself or with us); where the columns differ then, seven times more each, and
# only "never good" against "always good" counts as a difference.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/suite.sh"
work=${TMPDIR:-/tmp}/loopscope-libuv-suite
suite_options "$@"
suite_source libuv1

runner=$work/build/uv_run_tests
if [[ ! -x $runner ]]; then
  cmake -S "$source" -B "$work/build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DLIBUV_BUILD_TESTS=ON \
    > "$work/build.log" 2>&1
  cmake --build "$work/build" -j2 --target uv_run_tests >> "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 2; }
fi

# The runner refuses root, and some tests read fixtures below its working directory.
suite_prepare "$work/build"
cp -r "$source/test" "$work/run/"
((${#tests[@]})) || mapfile -t tests < <("${as_user[@]}" "$runner" --list | awk '{ print $1 }' | sort)
suite_compare "${tests[@]}"
