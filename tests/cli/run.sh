#!/bin/sh
# run.sh - runs the command-line tests; prints TAP; exit status 0 when all passed.
#
#     CHARNN_BIN=build/release/bin tests/cli/run.sh [NAME ...]
#
# Each NAME.test is a POSIX shell script that runs in a fresh empty folder with the commands
# first on PATH.  It reads lib.sh, prints `ok N - ...` lines and ends with `finish`.
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

[ $# -gt 0 ] || set -- "$here"/*.test
bad=0
for test in "$@"; do
    name=$(basename "$test" .test)
    mkdir "$tmp/$name" "$tmp/$name.log" || exit 1
    (
        cd "$tmp/$name" || exit 1
        TEST_NAME=$name TEST_LOG=$tmp/$name.log TEST_LIB=$here/lib.sh
        export TEST_NAME TEST_LOG TEST_LIB
        sh "$here/$name.test" </dev/null
    ) >"$tmp/$name.tap" 2>"$tmp/$name.err"
    status=$?
    cat "$tmp/$name.tap"
    sed 's/^/# /' "$tmp/$name.err"
    [ "$status" -eq 0 ] || bad=1
    if ! grep -q '^1\.\.' "$tmp/$name.tap"; then
        bad=1
        echo "not ok - $name: ended before its last test (status $status)"
    fi
    chmod -R u+rwx "$tmp/$name" 2>/dev/null
    rm -rf "${tmp:?}/$name"
done
exit $bad
