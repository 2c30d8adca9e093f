#!/bin/sh
# run.sh - runs programs and scripts that print TAP, as many at once as there are cores, and
# counts.
#
#     [JOBS=N] tests/run.sh PROGRAM ...
#
# Prints a line for each program as it ends, what failed in full, and last of all `N passed,
# N failed`.  A program that dies, or does not reach its last line `1..N`, counts as one
# failure.
set -u
JOBS=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-test.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# What a program says, into a file.
run() { # program out
    case $1 in
    *.sh) sh "$1" >"$2" 2>&1 ;;
    *) "$1" >"$2" 2>&1 ;;
    esac
}

# Sets good and bad, and says what went wrong.
judge() { # program out status
    good=$(grep -c '^ok ' "$2")
    bad=$(grep -c '^not ok' "$2")
    if [ "$bad" -eq 0 ] && { [ "$3" -ne 0 ] || ! grep -q '^1\.\.' "$2"; }; then
        bad=1
        echo "$1: exit status $3, $good tests"
        tail -n 20 "$2"
    fi
    if [ "$bad" -gt 0 ]; then
        grep -B 12 -A 25 '^not ok' "$2" | head -n 200
    fi
    printf '%-44s %3d passed' "$1" "$good"
    [ "$bad" -eq 0 ] && echo || echo ", $bad FAILED"
}

# Takes every program that no other worker has taken: who makes its folder has it.
work() {
    number=0
    for program in "$@"; do
        number=$((number + 1))
        mkdir "$tmp/$number" 2>/dev/null || continue
        run "$program" "$tmp/$number/out"
        judge "$program" "$tmp/$number/out" $? >"$tmp/$number/said"
        echo "$good $bad" >"$tmp/$number/counts"
        cat "$tmp/$number/said"
    done
}

while [ "$JOBS" -gt 0 ]; do
    work "$@" &
    JOBS=$((JOBS - 1))
done
wait
[ $# -eq 0 ] || cat "$tmp"/*/counts | awk -v n=$# '
    { good += $1; bad += $2 }
    END {
        bad += n - NR # programs of which nothing was heard
        print good + 0 " passed, " bad + 0 " failed"
        exit bad > 0
    }'
