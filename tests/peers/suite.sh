# What the peers' suites share, for sourcing: the sources of a Debian package, and every test of its suite without and with
# the agent preloaded. Bash with errexit, nounset and pipefail.
#
# A suite sets `runner`, and may set `skipped` (what a test prints that is skipped) and `run` (where tests run); then it calls
#   suite_options "$@"     --build FOLDER, --work FOLDER, --help, names of tests
#   suite_source PACKAGE   the folder of the unpacked sources, in `source`
#   suite_prepare FOLDER...     what the ordinary user must be able to read, besides the agent
#   suite_compare TEST...       the table; exits 1 on a difference

peers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

suite_options() {
  build=$peers/../../build
  while (($#)); do
    case $1 in
      --build) build=$2; shift 2 ;;
      --work) work=$2; shift 2 ;;
      --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; exit 0 ;;
      *) break ;;
    esac
  done
  tests=("$@")
  preload=$(find "$build"/{dev,release,.}/lib -name libloopscope_preload.so 2>/dev/null | head -1 || true)
  local tool
  for tool in dpkg-source cc setpriv; do
    command -v "$tool" > /dev/null || { echo "$tool is missing; ./dev peers installs what is needed" >&2; exit 2; }
  done
  [[ $preload ]] || { echo "no libloopscope_preload.so in $build; build it: ./dev build" >&2; exit 2; }
  mkdir -p "$work"/{lists/partial,cache/archives/partial,run}
  chmod 755 "$work"
}

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
  (cd "$work" && "${apt[@]}" source "$1" >> "$work/apt.log" 2>&1)
}

suite_source() {
  find_source() { find "$work" -maxdepth 1 -type d -name "$1-*" | head -1; }
  [[ $(find_source "$1") ]] || fetch "$1" || { tail -5 "$work/apt.log" >&2; exit 2; }
  source=$(find_source "$1")
}

# The traces do not lie where tests run: a test may watch that folder.
suite_prepare() {
  rm -rf "$work/run" "$work/traces" "$work/lib"
  mkdir -p "$work"/{run,traces,lib}
  # The user must reach the libraries, wherever the build folder is.
  cp -L "$(dirname "$preload")"/libloopscope_*.so* "$work/lib/"
  chmod -R a+rX "$work/lib" "$@"
  as_user=()
  if ((EUID == 0)); then as_user=(setpriv --reuid nobody --regid nogroup --clear-groups); fi
  with_agent=(LD_PRELOAD="$work/lib/libloopscope_preload.so" LOOPSCOPE_RECORD=1
              LOOPSCOPE_TRACE="$work/traces/suite.pb" LOOPSCOPE_RING_BYTES=4194304)
}

# One run: "ok", "skip", "fail" or "time".
run_once() {
  local result=0 output log=$work/last.${1//\//.}.log
  output=$(cd "$work/run" && "${as_user[@]}" env -i PATH="$PATH" HOME="$work/run" LANG=C "${@:2}" \
    timeout -k 5 60 "$runner" "$1" 2>&1 < /dev/null | tr -d '\0'; exit "${PIPESTATUS[0]}") || result=$?
  printf '%s\n' "$output" > "$log"
  if ((result == 124 || result == 137)); then echo time
  elif ((result != 0)); then echo fail
  elif grep -q -- "${skipped:-# SKIP}" <<< "$output"; then echo skip
  else echo ok; fi
}

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

suite_compare() {
  local same=0 flaky=0 different=() traces=0 test plain preloaded note plain_good preloaded_good log
  (($#)) || { echo "the runner lists no tests" >&2; exit 2; }
  if ((EUID == 0)); then chown -R nobody "$work/run" "$work/traces"; fi
  printf '%-46s %-10s %s\n' test plain preloaded
  for test in "$@"; do
    log=${test//\//.}
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
    else different+=("$test"); note='  <-- differs'; cp "$work/last.$log.log" "$work/differs.$log.log"; fi
    printf '%-46s %-10s %s%s\n' "$test" "$plain" "$preloaded" "$note"
    rm -f "$work/last.$log.log"
  done
  echo
  echo "$# tests: $same the same, $flaky flaky, ${#different[@]} different; $traces left a trace"
  ((traces > $# * ${enough_traces:-50} / 100)) ||
    { echo "too few tests left a trace: the agent did not record" >&2; exit 1; }
  ((${#different[@]} == 0)) || { printf 'different: %s\n' "${different[*]}"; exit 1; }
}
