#!/bin/sh
# Runs bench_peer_lttng in an LTTng session of its own and prints its figures with "bytes" filled in, or
# "not available: REASON". A session daemon that runs already is used and left alone, otherwise one is started and
# stopped. usage: lttng_session.sh PROGRAM FOLDER
program=$1
folder=$2
export LTTNG_HOME="$folder/home" LTTNG_UST_REGISTER_TIMEOUT=5000
session=loopscope-bench-$$
pid_file=$folder/sessiond.pid
log=$folder/log
started=
session_made=
mkdir -p "$LTTNG_HOME" || exit 1

finish() {
  [ -z "$session_made" ] || lttng --no-sessiond destroy "$session" >>"$log" 2>&1
  [ -z "$started" ] || kill "$(cat "$pid_file")" 2>>"$log"
}
trap finish EXIT
unavailable() {
  echo "not available: $*"
  exit 0
}
quietly() { "$@" >>"$log" 2>&1; }

command -v lttng-sessiond >/dev/null || unavailable "lttng-tools is not installed"
if ! quietly lttng --no-sessiond list; then
  quietly lttng-sessiond --daemonize --no-kernel --quiet --pidfile="$pid_file" ||
    unavailable "lttng-sessiond does not start here"
  started=1
fi
quietly lttng --no-sessiond create "$session" --output="$folder/trace" || unavailable "no session can be made"
session_made=1
# Room for a round in each processor's buffers, as in a careful set-up; nothing is to be lost.
quietly lttng --no-sessiond enable-channel --userspace --session="$session" --subbuf-size=4M --num-subbuf=8 events &&
  quietly lttng --no-sessiond enable-event --userspace --session="$session" --channel=events 'loopscope_bench:*' &&
  quietly lttng --no-sessiond start "$session" || unavailable "the session cannot be set up"
figures=$("$program") || unavailable "its program failed"
quietly lttng --no-sessiond destroy "$session"
session_made=
bytes=$(find "$folder/trace" -type f -path '*ust*' -name 'events_*' -exec cat {} + | wc -c)
echo "$figures" | sed "s/\"bytes\": 0/\"bytes\": $bytes/"
