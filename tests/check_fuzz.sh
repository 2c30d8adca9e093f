#!/bin/sh
# check_fuzz.sh - runs every fuzz target with the inputs that are stored for it in
# fuzz/inputs.
#
#     BUILD=build/release tests/check_fuzz.sh
#
# A fuzzer of fuzz_NAME.c also starts from the files in fuzz/inputs/NAME.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build/release}
count=0
failures=0

# check NAME COMMAND ...: runs a command as one test
check() {
    name=$1
    shift
    count=$((count + 1))
    if said=$("$@" 2>&1); then
        echo "ok $count - $name"
    else
        failures=$((failures + 1))
        echo "not ok $count - $name"
        printf '%s\n' "$said" | sed 's/^/# /'
    fi
}

for source in tests/fuzz/fuzz_*.c; do
    target=$(basename "$source" .c)
    inputs=tests/fuzz/inputs/${target#fuzz_}
    check "$target has inputs in $inputs" ls "$inputs"
    for input in "$inputs"/*; do
        check "$target takes $(basename "$input")" "$build/tests/fuzz/$target" "$input"
    done
done
echo "1..$count"
[ "$failures" -eq 0 ]
