#!/bin/sh
# check_layers.sh - fails if a file includes a header from a folder that it may not see.
#
#     tests/check_layers.sh [SOURCE-FOLDER]
#
# The wall: the program (tool) sees the public headers and lib/base, and nothing else of the
# library; the library never sees the program.  Inside both, one line a folder says whom it
# may include.  "charnn.h" and "charnn_inspect.h" may be included by everyone.  A folder that
# has no line here is a mistake, so that a new one is thought about.
set -u
src=${1:-src}
count=0
failures=0

may_see() {
    case $1 in
    lib/base) echo lib/base ;;
    lib/math | lib/text) echo "lib/base $1" ;;
    lib/nn) echo lib/base lib/math "$1" ;;
    lib/config) echo lib/base lib/math lib/nn "$1" ;;
    lib/fill | lib/sample) echo lib/base lib/math lib/text lib/nn "$1" ;;
    lib/score) echo lib/base lib/math lib/text lib/nn "$1" ;;
    lib/inspect) echo lib/base lib/math lib/text lib/nn lib/score "$1" ;;
    lib/ckpt) echo lib/base lib/math lib/text lib/config lib/nn "$1" ;;
    lib/train) echo lib/base lib/math lib/text lib/config lib/nn lib/score lib/sample lib/ckpt "$1" ;;
    lib/export) echo lib/base lib/math lib/text lib/nn lib/ckpt "$1" ;;
    tool/cli | tool/viz) echo "lib/base $1" ;;
    tool/runlog) echo lib/base tool/cli "$1" ;;
    tool/charts) echo lib/base tool/cli tool/viz tool/runlog "$1" ;;
    tool/train | tool/sample) echo lib/base tool/cli "$1" ;;
    tool/cells | tool/gradflow) echo lib/base tool/cli tool/viz "$1" ;;
    tool/report) echo lib/base tool/cli tool/viz tool/runlog tool/charts "$1" ;;
    *) return 1 ;;
    esac
}

report() { # passed?, what
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        failures=$((failures + 1))
        echo "not ok $count - $2"
    fi
}

# What a file includes between quotation marks, one a line.
includes() {
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
}

# The folder a header stands in, as its includer reads it: the program's own come first.
folder_of() { # includer, header
    case $1 in
    "$src"/tool/*) [ -f "$src/tool/$2" ] && echo "tool/${2%/*}" && return ;;
    esac
    [ -f "$src/lib/$2" ] && echo "lib/${2%/*}"
}

# Prints what the file includes and may not; true when there is nothing.
check_file() { # file, allowed folders
    wrong=0
    for header in $(includes "$1"); do
        case $header in
        charnn.h | charnn_inspect.h) continue ;;
        ../* | */../* | /*) from=outside ;;
        *) from=$(folder_of "$1" "$header") ;;
        esac
        case " $2 " in
        *" ${from:-nowhere} "*) continue ;;
        esac
        echo "# $1 may not include \"$header\""
        wrong=1
    done
    return $wrong
}

for path in "$src"/lib/*/ "$src"/tool/*/; do
    folder=${path#"$src"/}
    folder=${folder%/}
    bad=0
    if ! allowed=$(may_see "$folder"); then
        echo "# $path: no rule says whom it may include"
        report 1 "$folder has a rule"
        continue
    fi
    for file in "$path"*.c "$path"*.h; do
        [ -f "$file" ] || continue
        check_file "$file" "$allowed" || bad=1
    done
    nested=$(find "$path" -mindepth 1 -type d)
    [ -z "$nested" ] || { echo "# $nested: folders are two deep" && bad=1; }
    report "$bad" "$folder includes only: $allowed"
done

# Outside all folders of the library stands the API alone, which sees everything in it.
bad=0
for file in "$src"/lib/*.[ch]; do
    case $(basename "$file") in
    api.[ch] | api_*.c) ;;
    *) echo "# $file: belongs into a folder" && bad=1 ;;
    esac
    check_file "$file" "lib/base lib/math lib/text lib/config lib/nn lib/score lib/sample lib/fill \
lib/inspect lib/ckpt lib/train lib/export lib/api.h" || bad=1
done
report "$bad" "only the API is outside the folders of the library"

# Commands that are one file.
bad=0
for file in "$src"/tool/*.c; do
    check_file "$file" "lib/base tool/cli tool/viz tool/runlog tool/charts" || bad=1
done
report "$bad" "a command of one file sees what all commands share"

others=$(find "$src" -type f -path "$src/*" ! -path "$src/lib/*" ! -path "$src/tool/*" ! -name README.md)
[ -z "$others" ] || echo "# $others"
[ -z "$others" ]
report $? "all source is of the library or of the program"

echo "1..$count"
[ "$failures" -eq 0 ]
