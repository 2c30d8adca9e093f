#!/bin/sh
# check_symbols.sh - the library defines what include/ declares, and shows nothing else.
#
#     BUILD=build/release tests/check_symbols.sh [BUILD]
#
# Inside, names are global between modules but hidden (-fvisibility=hidden): a shared object made of
# the archive must export the functions of include/ and not one name more.
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

# True when the file is empty, else its lines as comments.
empty() {
    sed 's/^/# /' "$1"
    [ ! -s "$1" ]
}

# Functions of include/: names before an opening parenthesis, in declarations marked CHARNN_API, which
# end at a semicolon and may be several lines long.
declared() {
    cat include/*.h | tr '\n' ' ' | sed 's|/\*[^*]*\*\{1,\}\([^/*][^*]*\*\{1,\}\)*/| |g' | tr ';' '\n' |
        grep 'CHARNN_API [^_]' | sed -n 's/^[^(]*[ *]\(charnn_[a-z0-9_]*\)(.*/\1/p' | sort -u
}

declared >"$dir/declared"
marks=$(cat include/*.h | grep -c '^CHARNN_API ')
[ "$(wc -l <"$dir/declared")" -eq "$marks" ]
report $? "include/ declares $marks functions, all of them charnn_*"

nm -g --defined-only "$lib" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >"$dir/defined"
comm -23 "$dir/declared" "$dir/defined" >"$dir/missing"
empty "$dir/missing"
report $? "$lib defines each of them"

grep '^_\{0,1\}charnn_' "$dir/defined" | comm -13 "$dir/declared" - >"$dir/undeclared"
empty "$dir/undeclared"
report $? "no other name begins with charnn_"

nm -g --defined-only "$lib" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort | uniq -d >"$dir/twice"
empty "$dir/twice"
report $? "no name is defined twice"

if "$CC" -shared -o "$dir/all.so" -Wl,--whole-archive "$lib" -Wl,--no-whole-archive -lm -pthread \
    2>"$dir/log"; then
    # What the linker adds to every shared object is not ours.
    nm -D --defined-only "$dir/all.so" | awk '{ print $NF }' |
        grep -v -x -e _init -e _fini -e _edata -e _end -e __bss_start -e '__[at]san_.*' |
        sort -u >"$dir/exported"
    comm -13 "$dir/declared" "$dir/exported" >"$dir/leaked"
    empty "$dir/leaked"
    report $? "a shared object exports no other name"
    comm -23 "$dir/declared" "$dir/exported" >"$dir/hidden"
    empty "$dir/hidden"
    report $? "a shared object exports each of them"
else
    sed 's/^/# /' "$dir/log" | head -n 5
    report 0 "a shared object exports only them # SKIP this linker makes none of the archive"
fi

echo "1..$count"
[ "$failures" -eq 0 ]
