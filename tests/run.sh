#!/bin/sh
# run.sh - runs programs and scripts that print TAP, one after the other, and counts.
#
#     tests/run.sh PROGRAM ...
#
# Prints a line for each program, what failed in full, and at the end `N passed, N failed`.
# A program that dies, or does not reach its last line `1..N`, counts as one failure.
set -u
passed=0
failed=0
out=$(mktemp "${TMPDIR:-/tmp}/charnn-test.XXXXXX") || exit 1
trap 'rm -f "$out"' EXIT
trap 'exit 130' INT TERM
for program in "$@"; do
    case $program in
    *.sh) sh "$program" >"$out" 2>&1 ;;
    *) "$program" >"$out" 2>&1 ;;
    esac
    status=$?
    good=$(grep -c '^ok ' "$out")
    bad=$(grep -c '^not ok' "$out")
    if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || ! grep -q '^1\.\.' "$out"; }; then
        bad=1
        echo "$program: exit status $status, $good tests"
        tail -n 20 "$out"
    fi
    if [ "$bad" -gt 0 ]; then
        grep -B 12 -A 25 '^not ok' "$out" | head -n 200
    fi
    printf '%-44s %3d passed' "$program" "$good"
    [ "$bad" -eq 0 ] && echo || echo ", $bad FAILED"
    passed=$((passed + good))
    failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
