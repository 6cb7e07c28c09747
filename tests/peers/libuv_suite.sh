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

here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build
work=${TMPDIR:-/tmp}/loopscope-libuv-suite
while (($#)); do
  case $1 in
    --build) build=$2; shift 2 ;;
    --work) work=$2; shift 2 ;;
    --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) break ;;
  esac
done

preload=$(find "$build"/{dev,release,.}/lib -name libloopscope_preload.so 2>/dev/null | head -1 || true)
for tool in dpkg-source cmake cc setpriv; do
  command -v "$tool" > /dev/null || { echo "$tool is missing; ./dev peers installs what is needed" >&2; exit 2; }
done
[[ $preload ]] || { echo "no libloopscope_preload.so in $build; build it: ./dev build" >&2; exit 2; }

mkdir -p "$work"/{lists/partial,cache/archives/partial,run}
chmod 755 "$work"

# From where this machine has its packages; apt's own configuration stays as it is.
fetch() {
  local from
  from=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 'Component: main' |
         grep -vE -- '-(updates|security|backports)$' | head -1)
  [[ $from ]] || { echo "apt knows no Debian packages; run: apt-get update" > "$work/apt.log"; return 1; }
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $from main" > "$work/sources.list"
  local apt=(apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/nonexistent
             -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root)
  "${apt[@]}" update > "$work/apt.log" 2>&1
  (cd "$work" && "${apt[@]}" source libuv1 >> "$work/apt.log" 2>&1)
}

source_folder() { find "$work" -maxdepth 1 -type d -name 'libuv1-*' | head -1; }

[[ $(source_folder) ]] || fetch || { tail -5 "$work/apt.log" >&2; exit 2; }
runner=$work/build/uv_run_tests
if [[ ! -x $runner ]]; then
  cmake -S "$(source_folder)" -B "$work/build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DLIBUV_BUILD_TESTS=ON \
    > "$work/build.log" 2>&1
  cmake --build "$work/build" -j2 --target uv_run_tests >> "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 2; }
fi

# The runner refuses root, and some tests read fixtures below its working directory. The traces go elsewhere:
# fork_fs_events_child_dir watches that directory.
rm -rf "$work/run" "$work/traces"
mkdir -p "$work/run" "$work/traces"
cp -r "$(source_folder)/test" "$work/run/"
# The user must reach the libraries, wherever the build folder is.
rm -rf "$work/lib"
mkdir -p "$work/lib"
cp -L "$(dirname "$preload")"/libloopscope_*.so* "$work/lib/"
chmod -R a+rX "$work/build" "$work/lib"
as_user=()
if ((EUID == 0)); then
  chown -R nobody "$work/run" "$work/traces"
  as_user=(setpriv --reuid nobody --regid nogroup --clear-groups)
fi

if (($#)); then tests=("$@"); else mapfile -t tests < <("${as_user[@]}" "$runner" --list | awk '{ print $1 }' | sort); fi
((${#tests[@]})) || { echo "the runner lists no tests" >&2; exit 2; }

# One run: "ok", "skip", "fail" or "time".
run_once() {
  local result=0 output
  output=$(cd "$work/run" && "${as_user[@]}" env -i PATH="$PATH" HOME="$work/run" LANG=C "${@:2}" \
    timeout -k 5 60 "$runner" "$1" 2>&1 < /dev/null) || result=$?
  printf '%s\n' "$output" > "$work/last.$1.log"
  if ((result == 124 || result == 137)); then echo time
  elif ((result != 0)); then echo fail
  elif grep -q '# SKIP' <<< "$output"; then echo skip
  else echo ok; fi
}

with_agent=(LD_PRELOAD="$work/lib/libloopscope_preload.so" LOOPSCOPE_RECORD=1 LOOPSCOPE_TRACE="$work/traces/suite.pb"
            LOOPSCOPE_RING_BYTES=4194304)

# test, environment...: good runs of seven
good_of_seven() {
  local good=0 run
  for run in 1 2 3 4 5 6 7; do [[ $(run_once "$@") == @(ok|skip) ]] && good=$((good + 1)); done
  echo "$good"
}

repeat() { # result, test, environment...: what three runs say if the first was not good
  local first=$1 good=0 run
  [[ $first == ok || $first == skip ]] && { echo "$first"; return; }
  for run in 1 2; do [[ $(run_once "${@:2}") == ok ]] && good=$((good + 1)); done
  ((good)) && echo "ok $good/3" || echo "$first"
}

same=0 flaky=0 different=() traces=0
printf '%-46s %-10s %s\n' test plain preloaded
for test in "${tests[@]}"; do
  plain=$(repeat "$(run_once "$test")" "$test")
  rm -f "$work/traces"/*
  preloaded=$(repeat "$(run_once "$test" "${with_agent[@]}")" "$test" "${with_agent[@]}")
  [[ -s $work/traces/suite.pb ]] && traces=$((traces + 1))
  note=
  if [[ $plain == "$preloaded" ]]; then same=$((same + 1))
  elif [[ $plain == ok* && $preloaded == ok* ]]; then flaky=$((flaky + 1)); note='  (flaky)'
  elif plain_good=$(good_of_seven "$test"); preloaded_good=$(good_of_seven "$test" "${with_agent[@]}")
       ((plain_good % 7 || preloaded_good % 7 || plain_good == preloaded_good)); then
    flaky=$((flaky + 1)); note="  (flaky: $plain_good/7 and $preloaded_good/7)"
  else different+=("$test"); note='  <-- differs'; cp "$work/last.$test.log" "$work/differs.$test.log"; fi
  printf '%-46s %-10s %s%s\n' "$test" "$plain" "$preloaded" "$note"
  rm -f "$work/last.$test.log"
done

echo
echo "${#tests[@]} tests: $same the same, $flaky flaky, ${#different[@]} different; $traces left a trace"
((traces > ${#tests[@]} / 2)) || { echo "most tests left no trace: the agent did not record" >&2; exit 1; }
((${#different[@]} == 0)) || { printf 'different: %s\n' "${different[*]}"; exit 1; }
