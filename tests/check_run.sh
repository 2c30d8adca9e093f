#!/bin/sh
# check_run.sh - tests run.sh and unit/test.h, which decide whether tests pass, with
# programs whose result is known.
set -u
cd "$(dirname "$0")" || exit 1
dir=$(mktemp -d "${TMPDIR:-/tmp}/charnn-run.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
count=0
failures=0

# Makes a program that prints the text (with the escapes of printf) and ends with a status.
program() { # name status text
    printf '#!/bin/sh\nprintf "%%b" "%s"\nexit %d\n' "$3" "$2" >"$dir/$1"
    chmod +x "$dir/$1"
}

# expect NAME LAST PROGRAM ...: checks that the last line of run.sh is LAST, and that its
# status agrees.
expect() {
    name=$1 last=$2
    shift 2
    for file in "$@"; do
        shift
        set -- "$@" "$dir/$file"
    done
    JOBS=2 sh ./run.sh "$@" >"$dir/out" 2>&1
    status=$?
    count=$((count + 1))
    case $last in
    *\ 0\ failed) wanted=0 ;;
    *) wanted=1 ;;
    esac
    if [ "$(tail -n 1 "$dir/out")" = "$last" ] && [ "$status" -eq "$wanted" ]; then
        echo "ok $count - $name"
    else
        failures=$((failures + 1))
        echo "not ok $count - $name"
        echo "# expected: $last, and status $wanted; status $status and"
        sed 's/^/#     /' "$dir/out"
    fi
}

# Checks that the output of the last run has a line that matches the pattern.
shows() { # name regex
    count=$((count + 1))
    if grep -Eq -e "$2" "$dir/out"; then
        echo "ok $count - $1"
    else
        failures=$((failures + 1))
        echo "not ok $count - $1"
        sed 's/^/#     /' "$dir/out"
    fi
}

program good 0 'ok 1 - a\nok 2 - b\n1..2\n'
program early 0 '1..2\nok 1 - a\nok 2 - b\n'
program two_plans 0 'ok 1 - a\n1..1\nok 1 - b\nok 2 - c\n1..2\n'
program skips 0 'ok 1 - a # SKIP no browser\n1..1\n'
program bad 1 'ok 1 - a\n# b.c:7: x == y\nnot ok 2 - b\n1..2\n'
program bad_status_0 0 'not ok 1 - a\n1..1\n'
program good_status_1 1 'ok 1 - a\n1..1\n'
program killed 0 'ok 1 - a\n'
echo 'kill -9 $$' >>"$dir/killed"
sed -i.old '/^exit/d' "$dir/killed" && rm "$dir/killed.old"
program no_plan 0 'ok 1 - a\n'
program silent 0 ''
program no_tests 0 '1..0\n'
program too_few 0 'ok 1 - a\n1..2\n'
program too_many 0 'ok 1 - a\nok 2 - b\n1..1\n'
program same_number 0 'ok 1 - a\nok 1 - b\n1..2\n'
program same_name 0 'ok 1 - a\nok 2 - a\n1..2\n'
program after_plan 0 'ok 1 - a\n1..1\nok 1 - b\n'

expect "a program whose tests pass is counted" '2 passed, 0 failed' good
expect "a plan may come first" '2 passed, 0 failed' early
expect "a program may run several groups, each with its plan" '3 passed, 0 failed' two_plans
expect "the tests of several programs are added" '5 passed, 0 failed' good two_plans
expect "a test that is skipped counts as passed" '1 passed, 0 failed' skips
shows "a test that is skipped is named" 'no browser'
expect "a test that fails is counted, and those that pass beside it" '1 passed, 1 failed' bad
shows "the line of a failure is shown" '^not ok 2 - b$'
shows "what a failing test said is shown" 'b\.c:7: x == y'
expect "a failure counts when the exit status is 0" '0 passed, 1 failed' bad_status_0
expect "an exit status of 1 is a failure when all tests passed" '1 passed, 1 failed' good_status_1
expect "a program that is killed fails" '1 passed, 1 failed' killed
expect "a program without a plan fails" '1 passed, 1 failed' no_plan
expect "a program that says nothing fails" '0 passed, 1 failed' silent
expect "a program that runs no test fails" '0 passed, 1 failed' no_tests
expect "fewer tests than planned are a failure" '1 passed, 1 failed' too_few
expect "more tests than planned are a failure" '2 passed, 1 failed' too_many
expect "two tests of one number are a failure" '2 passed, 1 failed' same_number
expect "two tests of one name are a failure" '2 passed, 1 failed' same_name
shows "the name that occurs twice is shown" 'twice.*: a$'
expect "tests after the last plan are a failure" '2 passed, 1 failed' after_plan
expect "a program that is not there fails" '0 passed, 1 failed' nothing
expect "one bad program does not hide the good ones" '3 passed, 2 failed' good bad nothing
expect "no program at all is a failure" '0 passed, 1 failed'
# Makes a program of unit tests: `good` has a CHECK that holds, `wrong` has one that fails,
# `empty` has none, and `skipped` is skipped with a reason.
unit_program() { # name tests
    {
        echo '#include "unit/test.h"'
        echo 'static void good(void) { CHECK(1 < 2); }'
        echo 'static void wrong(void) { CHECK(2 < 1); }'
        echo 'static void empty(void) {}'
        echo 'static void skipped(void) { SKIP("of the weather"); }'
        echo 'static void (*const all[])(void) = { good, wrong, empty, skipped };'
        echo "int main(void) { (void)all; $2 return test_end(); }"
    } >"$dir/$1.c"
    ${CC:-cc} -I. "$dir/$1.c" -o "$dir/$1"
}

unit_program unit_good 'RUN(good);'
unit_program unit_wrong 'RUN(good); RUN(wrong);'
unit_program unit_empty 'RUN(good); RUN(empty);'
unit_program unit_none ''
expect "a unit test whose CHECKs hold passes" '1 passed, 0 failed' unit_good
expect "a unit test fails with a CHECK" '1 passed, 1 failed' unit_wrong
expect "a unit test that reaches no CHECK fails" '1 passed, 1 failed' unit_empty
shows "the unit test that reaches no CHECK is named" 'empty: no CHECK was reached'
unit_program unit_skipped 'RUN(good); RUN(skipped);'
expect "a unit test that is skipped counts as passed" '2 passed, 0 failed' unit_skipped
shows "a unit test that is skipped is named with the reason" '^skipped: skipped # SKIP of the weather$'
expect "a program without a unit test fails" '0 passed, 1 failed' unit_none
echo "1..$count"
[ "$failures" -eq 0 ]
