#!/bin/bash
# libevent's own regression tests, one by one, without and with the agent preloaded: the results must be the same.
#
#   tests/peers/libevent_suite.sh [--build FOLDER] [--work FOLDER] [TEST...]
#
# Fetches Debian's source package of libevent into a private folder (its own package lists; nothing is installed), builds
# `regress`, and runs every test as an ordinary user against Debian's own libraries where they are installed. Prints what
# libuv_suite.sh prints, and exits as it does.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/suite.sh"
work=${TMPDIR:-/tmp}/loopscope-libevent-suite
suite_options "$@"
suite_source libevent

runner=$work/build/test/.libs/regress
if [[ ! -x $runner ]]; then
  mkdir -p "$work/build"
  # What automake would make anew is there, in sources that look older than they are.
  as_they_are=(AUTOCONF=: AUTOMAKE=: ACLOCAL=: AUTOHEADER=:)
  {
    cd "$work/build"
    "../${source##*/}/configure" --disable-static --disable-samples --disable-openssl
    make -j2 "${as_they_are[@]}"
    make "${as_they_are[@]}" test/regress
    cd "$peers"
  } > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 2; }
fi

skipped=SKIPPED
# Many tests are of buffers and addresses and run no loop.
enough_traces=33
suite_prepare "$work/build/test"
((${#tests[@]})) || mapfile -t tests < <("$runner" --list-tests 2>&1 | awk '/^    [a-z]/ { print $1 }' | sort)
suite_compare "${tests[@]}"
