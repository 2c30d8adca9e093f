#!/bin/sh
# run.sh - runs programs and scripts that print TAP, one per core at a time, and counts
# their results.
#
#     [JOBS=N] tests/run.sh PROGRAM ...
#
# Prints a line for each program when it ends, the whole output of what failed, what was
# skipped, and at the end `N passed, N failed`.  A program counts as one failure if it dies,
# runs no test, or does not print as many tests as its plan `1..N` says.
set -u
JOBS=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-test.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# Runs a program with its output in a file.
run() { # program out
    case $1 in
    *.sh) sh "$1" >"$2" 2>&1 ;;
    *) "$1" >"$2" 2>&1 ;;
    esac
}

# Prints what is wrong with the numbers, names and plans of the tests; nothing if they are
# right.  A program may print several groups of tests, each numbered from 1 and with a plan.
plan_faults() { # out
    awk '
    function close_group() {
        if (n != plan) print "planned " plan " tests, ran " n
        n = 0; plan = ""; split("", seen)
    }
    /^1\.\.[0-9]+$/ {
        groups++
        if (plan != "") close_group()
        plan = substr($0, 4) + 0
        if (plan == 0) print "ran no test"
        if (n > 0) close_group()
    }
    /^(not )?ok / {
        n++
        name = $0
        sub(/^(not )?ok /, "", name)
        if (name + 0 != n && name !~ /^-/) print "test " n " has the number " name + 0
        sub(/^[0-9]* *-? */, "", name)
        if (name in seen) print "occurs twice in a group: " name
        seen[name]
    }
    END {
        if (n > 0 && plan == "") print "ended without a plan, after " n " tests"
        else if (plan != "") close_group()
        if (groups == 0) print "printed no plan"
    }' "$1"
}

# Sets good and bad, and prints failures.
judge() { # program out status
    good=$(grep -c '^ok ' "$2")
    bad=$(grep -c '^not ok' "$2")
    faults=$(plan_faults "$2")
    [ "$bad" -gt 0 ] || [ "$3" -eq 0 ] || faults="exit status $3
$faults"
    if [ "$bad" -gt 0 ]; then
        grep -B 12 -A 25 '^not ok' "$2" | head -n 200
    fi
    if [ -n "$faults" ]; then
        bad=$((bad + 1))
        printf '%s\n' "$faults" | sed "/./s|^|$1: |"
        tail -n 20 "$2"
    fi
    sed -n 's/^ok [0-9]* *-* *\(.*# SKIP.*\)/skipped: \1/p' "$2"
    printf '%-44s %3d passed' "$1" "$good"
    [ "$bad" -eq 0 ] && echo || echo ", $bad FAILED"
}

# Takes programs that no other worker has claimed; a worker claims a program by making its
# folder.
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
[ $# -gt 0 ] || { echo "run.sh: no program to run" >&2; echo "0 passed, 1 failed"; exit 1; }
cat "$tmp"/*/counts | awk -v n=$# '
    { good += $1; bad += $2 }
    END {
        bad += n - NR # programs without a result
        print good + 0 " passed, " bad + 0 " failed"
        exit bad > 0
    }'
