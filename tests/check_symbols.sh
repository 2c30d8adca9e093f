#!/bin/sh
# check_symbols.sh - the library defines what include/ declares, and exports nothing else.
#
#     BUILD=build/release tests/check_symbols.sh [BUILD]
#
# Functions that modules of the library share are global but hidden.  In the archive they are
# local, so that a program may use the same names.
set -u
build=${1:-${BUILD:-build/release}}
CC=${CC:-cc}
lib=$build/libcharnn.a
dir=$(mktemp -d "${TMPDIR:-/tmp}/charnn-symbols.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
count=0
failures=0

report() { # passed?, what
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        failures=$((failures + 1))
        echo "not ok $count - $2"
    fi
}

# True if the file is empty; otherwise prints its lines as comments.
empty() {
    sed 's/^/# /' "$1"
    [ ! -s "$1" ]
}

# Prints the functions of include/: names before an opening parenthesis in declarations marked
# CHARNN_API, which end at a semicolon and may have several lines.
declared() {
    grep -hv '^#' include/*.h | tr '\n' ' ' | sed 's|/\*[^*]*\*\{1,\}\([^/*][^*]*\*\{1,\}\)*/| |g' | tr ';' '\n' |
        grep 'CHARNN_API [^_]' | sed -n 's/^[^(]*[ *]\(charnn_[a-z0-9_]*\)(.*/\1/p' | sort -u
}

declared >"$dir/declared"
marks=$(cat include/*.h | grep -c '^CHARNN_API ')
[ "$(wc -l <"$dir/declared")" -eq "$marks" ]
report $? "include/ declares $marks functions, all of them charnn_*"

# Prints the names of global symbols in an archive, without those that the compiler adds.
names() { # archive
    nm -g --defined-only "$1" 2>/dev/null | awk 'NF == 3 && $3 !~ /^__/ { print $3 }' | sort -u
}

names "$lib" >"$dir/defined"
names "$build/libinternal.a" | grep -v '^charnn_' >"$dir/inside"
comm -23 "$dir/declared" "$dir/defined" >"$dir/missing"
empty "$dir/missing"
report $? "$lib defines each of them"

if command -v "$("$CC" -print-prog-name=objcopy)" >/dev/null; then
    comm -13 "$dir/declared" "$dir/defined" >"$dir/undeclared"
    empty "$dir/undeclared"
    report $? "$lib shows no other name"

    # Makes a program that defines all internal names of the library again, and calls the library.
    {
        echo '#include "charnn.h"'
        sed 's/.*/char own_&[1] __asm__("&");/' "$dir/inside"
        echo 'int main(void) { charnn_model_free(charnn_model_load("", 0, 0, NULL)); return 0; }'
    } >"$dir/own.c"
    # With sanitizers the functions of their libraries are missing here, so undefined symbols are
    # ignored.  Linking tests/example.c shows that the library itself lacks none.
    "$CC" -Iinclude -o "$dir/own" "$dir/own.c" -Wl,--whole-archive "$lib" -Wl,--no-whole-archive \
        -lm -pthread -Wl,--unresolved-symbols=ignore-all 2>"$dir/log"
    status=$?
    head -n 5 "$dir/log" | sed 's/^/# /'
    [ "$status" -eq 0 ] && [ -s "$dir/inside" ]
    report $? "a program may have the $(wc -l <"$dir/inside") names inside for itself"
else
    report 0 "$lib shows no other name # SKIP no objcopy"
fi

echo "1..$count"
[ "$failures" -eq 0 ]
