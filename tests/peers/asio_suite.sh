#!/bin/bash
# Asio's own examples and unit tests, from Debian's source package boost1.81, without and with loopscope::asio.
#
#   tests/peers/asio_suite.sh [--build FOLDER] [--work FOLDER] [--jobs N] examples
#   tests/peers/asio_suite.sh [--build FOLDER] [--work FOLDER] [--jobs N] tests [TEST...]
#
# examples: the HTTP server, the chat server and the echo server with coroutines, each built as it is, with a header that only
# counts what Asio tells (asio_count.hpp), and with the target; a client that counts in primes must get the same answers from
# all three, and the trace must have every operation once: as many as the counting build, created = finished + pending.
# tests: each of Asio's unit tests, built and run both ways: same exit code, same lines. All of them take an hour or more.
#
# Fetches the source package into a private folder with its own package lists; nothing is installed. Exits 1 on a difference.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build/dev
work=${TMPDIR:-/tmp}/loopscope-asio-suite
jobs=$(nproc)
while (($#)); do
  case $1 in
    --build) build=$(cd "$2" && pwd); shift 2 ;;
    --work) work=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) break ;;
  esac
done
what=${1:-examples}
shift || true

for tool in dpkg-source g++ python3; do
  command -v "$tool" > /dev/null || { echo "$tool is missing" >&2; exit 2; }
done
[[ -e $build/lib/libloopscope_agent.so && -x $build/bin/loopscope ]] ||
  { echo "no agent in $build; build it: ./dev build loopscope_agent loopscope" >&2; exit 2; }

mkdir -p "$work"/{lists/partial,cache/archives/partial,out}
work=$(cd "$work" && pwd)

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
  (cd "$work" && "${apt[@]}" source boost1.81 >> "$work/apt.log" 2>&1)
}
source_folder() { find "$work" -maxdepth 1 -name "boost1.81-*" ! -name "*.*z" ! -name "*.dsc" | head -1; }
[[ $(source_folder) ]] || fetch || { tail -5 "$work/apt.log" >&2; exit 2; }
boost=$(source_folder)
asio=$boost/libs/asio

# The source package has each library's headers in a folder of its own.
CPLUS_INCLUDE_PATH=$(printf '%s:' "$boost"/libs/*/include "$boost"/libs/numeric/*/include)
export CPLUS_INCLUDE_PATH=${CPLUS_INCLUDE_PATH%:}

plain=()
counted=("-DBOOST_ASIO_CUSTOM_HANDLER_TRACKING=<asio_count.hpp>" "-I$here")
tracked=("-DBOOST_ASIO_CUSTOM_HANDLER_TRACKING=<loopscope/asio.hpp>" "-I$here/../../agent/include")
# Behind the sources; the unit tests have no room of the agent's, so its library is named by path.
agent=("$build/lib/libloopscope_agent.so" "-Wl,-rpath,$build/lib")

# ---- examples --------------------------------------------------------------------------------------------

example() { # name, sources...: builds all three ways
  local name=$1 way
  shift
  for way in plain counted tracked; do
    local -n options=$way
    local libraries=()
    [[ $way != tracked ]] || libraries=("${agent[@]}")
    echo "g++ -std=c++20 -O2 -g -w ${options[*]@Q} ${*@Q} -o '$work/out/$name.$way' ${libraries[*]@Q} -pthread"
  done
}

if [[ $what == examples ]]; then
  http=$asio/example/cpp11/http/server
  {
    example http "$http"/*.cpp "$here/asio_exit.cpp"
    example chat "$asio/example/cpp11/chat/chat_server.cpp" "$here/asio_exit.cpp"
    example echo "$asio/example/cpp20/coroutines/echo_server.cpp" "$here/asio_exit.cpp"
  } | xargs -d '\n' -P "$jobs" -n 1 bash -c
  exec python3 "$here/asio_load.py" "$work/out" "$build/bin/loopscope"
fi

# ---- unit tests ------------------------------------------------------------------------------------------

[[ $what == tests ]] || { echo "examples or tests?" >&2; exit 2; }
cd "$asio/test"
if (($#)); then tests=("$@"); else
  mapfile -t tests < <(grep -oE '\[ (run|link) [a-z0-9_/]+\.cpp' Jamfile.v2 | sed -E 's/.* (.*)\.cpp/\1/' | sort -u)
fi

one_test() { # test: prints a line; builds and runs both ways
  local test=$1 way results=()
  local name=${test//\//_}
  for way in plain tracked; do
    local -n options=$way
    local out=$work/out/test_$name.$way libraries=() link=(-pthread)
    [[ $way != tracked ]] || libraries=("${agent[@]}")
    [[ $test != ssl/* ]] || link+=(-lssl -lcrypto)
    if ! g++ -std=c++20 -O0 -w -D_GNU_SOURCE=1 -DBOOST_ALL_NO_LIB=1 "${options[@]}" "$test.cpp" -o "$out" \
        "${libraries[@]}" "${link[@]}" > "$out.log" 2>&1; then
      results+=("does not build")
      continue
    fi
    local status=0
    LOOPSCOPE_TRACE=$([[ $way == tracked ]] && echo "$out.pb") timeout 300 "$out" > "$out.out" 2>&1 < /dev/null || status=$?
    results+=("exit $status, $(grep -c ' passed$' "$out.out" || true) passed, $(grep -c ' failed$' "$out.out" || true) failed")
    rm -f "$out"
  done
  local note=same
  [[ ${results[0]} == "${results[1]}" ]] || note=DIFFERS
  printf '%-40s %-34s %-34s %s\n' "$test" "${results[@]}" "$note"
}
export -f one_test
export work
export_arrays=$(declare -p plain tracked agent)
printf '%s\n' "${tests[@]}" |
  xargs -d '\n' -P "$jobs" -I {} bash -c "$(printf '%q' "$export_arrays" | sed 's/^/eval /'); one_test {}" | tee "$work/tests.txt"
echo
echo "$(wc -l < "$work/tests.txt") tests: $(grep -c ' same$' "$work/tests.txt" || true) the same," \
  "$(grep -c 'DIFFERS$' "$work/tests.txt" || true) different," \
  "$(grep -c 'does not build .*same$' "$work/tests.txt" || true) that do not build either way"
! grep -q 'DIFFERS$' "$work/tests.txt"
