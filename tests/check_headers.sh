#!/bin/sh
# check_headers.sh - each header compiles alone, twice in a row, and without a warning.
#
#     CC=clang tests/check_headers.sh
#
# Headers that are compiled once per instruction set get the definitions of ref.  charnn.h is also
# compiled as C++, if there is a compiler for it, and as C without extensions.
set -u
CC=${CC:-cc}
count=0
failures=0
flags="-D_GNU_SOURCE -Iinclude -Isrc/lib -Isrc/tool -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror"
flags="$flags -DISA=ref -DVEC_SCALAR"

report() { # passed?, what
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        failures=$((failures + 1))
        echo "not ok $count - $2"
    fi
}

# Compiles a program that includes the header twice.
compile() { # header, command ...
    header=$1
    shift
    errors=$(printf '#include "%s"\n#include "%s"\n' "$header" "$header" | "$@" - 2>&1) && return 0
    printf '%s\n' "$errors" | head -n 10 | sed 's/^/# /'
    return 1
}

for path in include/*.h src/lib/*.h src/*/*/*.h; do
    header=${path#include/}
    header=${header#src/lib/}
    header=${header#src/tool/}
    # shellcheck disable=SC2086  # flags are words
    compile "$header" "$CC" -std=c11 $flags -fsyntax-only -x c
    report $? "$header"
done

# charnn_inspect.h includes charnn.h, so this tests both.
compile charnn_inspect.h "$CC" -std=c99 -pedantic -Werror -Iinclude -fsyntax-only -x c
report $? "charnn.h and charnn_inspect.h in strict C99"

CXX=${CXX:-c++}
if command -v "$CXX" >/dev/null 2>&1; then
    compile charnn_inspect.h "$CXX" -Iinclude -Wall -Wextra -Werror -fsyntax-only -x c++
    report $? "both in C++"
fi

sed -n '/^ \*     #include/,/^ \*     }/p' include/charnn.h | sed 's/^ \*     //; s/^ \*$//' | cmp - tests/example.c
report $? "tests/example.c is the program in charnn.h"

# Finds headers whose guard is not named after their path.
bad=0
for path in src/lib/*.h src/*/*/*.h; do
    guard=CHARNN_$(printf '%s' "${path#src/*/}" | tr 'a-z/.' 'A-Z__')
    grep -q "^#define $guard\$" "$path" || { echo "# $path: no guard $guard" && bad=1; }
done
report "$bad" "guards are named after their files"

echo "1..$count"
[ "$failures" -eq 0 ]
