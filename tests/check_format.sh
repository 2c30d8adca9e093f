#!/bin/sh
# check_format.sh - fails if a source file is not formatted as .clang-format says.
#
# Versions of clang-format differ in details, so only the version that formatted the tree is
# used.  Without it the check is skipped.
set -u
version=14
clang_format=clang-format-$version
command -v "$clang_format" >/dev/null 2>&1 || clang_format=clang-format
if ! "$clang_format" --version 2>/dev/null | grep -q "version $version\\."; then
    echo "ok 1 - sources are formatted # SKIP no clang-format $version"
    echo "1..1"
    exit 0
fi
wrong=$(find src include tests -name '*.[ch]' -exec "$clang_format" --dry-run {} + 2>&1)
if [ -z "$wrong" ]; then
    echo "ok 1 - sources are formatted"
else
    printf '%s\n' "$wrong" | grep 'warning:' | head -n 20 | sed 's/^/# /'
    echo "not ok 1 - sources are formatted: $clang_format -i mends it"
fi
echo "1..1"
[ -z "$wrong" ]
