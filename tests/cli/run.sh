#!/bin/sh
# run.sh - runs the command-line tests and prints TAP; its exit status is 0 if all passed.
#
#     [JOBS=N] [LEAVE_OUT="NAME ..."] CHARNN_BIN=build/release/bin tests/cli/run.sh [NAME ...]
#
# Each NAME.test is a POSIX shell script that runs in a new, empty folder, with the commands
# first in PATH. It reads lib.sh, prints lines `ok N - ...` and ends with `finish`. The
# tests run in parallel, one per core; their output is printed at the end, in order.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
CHARNN_ROOT=$(cd "$here/../.." && pwd) || exit 1
CHARNN_BIN=$(cd "${CHARNN_BIN:-$CHARNN_ROOT/build/release/bin}" && pwd) || exit 1
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-cli.XXXXXX") || exit 1
trap 'chmod -R u+rwx "$tmp" 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

PATH=$CHARNN_BIN:$PATH
LC_ALL=C
export PATH LC_ALL CHARNN_ROOT CHARNN_BIN
unset CHARNN_ISA COLUMNS
# With the address sanitizer, only the unit tests look for leaks: here it would double the time.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}"

JOBS=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}

# Runs a test in its folder, with its output in a file.
run() { # name
    (
        mkdir "$tmp/$1.log" && cd "$tmp/$1" || exit 1
        TEST_NAME=$1 TEST_LOG=$tmp/$1.log TEST_LIB=$here/lib.sh
        export TEST_NAME TEST_LOG TEST_LIB
        sh "$here/$1.test" </dev/null
    ) >"$tmp/$1.tap" 2>"$tmp/$1.err"
    status=$?
    sed 's/^/# /' "$tmp/$1.err" >>"$tmp/$1.tap"
    if ! grep -q '^1\.\.' "$tmp/$1.tap"; then
        status=1
        echo "not ok - $1: ended before its last test" >>"$tmp/$1.tap"
    fi
    [ "$status" -eq 0 ] || : >"$tmp/failed"
    chmod -R u+rwx "$tmp/$1" 2>/dev/null
    rm -rf "${tmp:?}/$1"/*
}

# Takes tests that no other worker has claimed; a worker claims a test by making its folder.
work() {
    for test in "$@"; do
        name=$(basename "$test" .test)
        case " ${LEAVE_OUT:-} " in *" $name "*) continue ;; esac
        mkdir "$tmp/$name" 2>/dev/null && run "$name"
    done
}

[ $# -gt 0 ] || set -- "$here"/*.test
while [ "$JOBS" -gt 0 ]; do
    work "$@" &
    JOBS=$((JOBS - 1))
done
wait
for test in "$@"; do
    name=$(basename "$test" .test)
    case " ${LEAVE_OUT:-} " in *" $name "*) continue ;; esac
    cat "$tmp/$name.tap" || : >"$tmp/failed"
done
[ ! -e "$tmp/failed" ]
