#!/bin/sh
# check_layers.sh - fails if a file includes a header from a folder that it may not see.
#
#     tests/check_layers.sh [SOURCE-FOLDER]
#
# One line a folder: who may include whom.  "charnn.h" and
# "charnn_inspect.h" may be included by everyone; a folder that
# has no line here is a mistake, so that a new one is thought about.
set -u
src=${1:-src}
count=0
failures=0

may_see() {
    case $1 in
    base) echo base ;;
    math) echo base math ;;
    text) echo base text ;;
    viz) echo base viz ;;
    cli) echo base viz cli ;;
    nn) echo base math nn ;;
    ckpt) echo base math text nn ckpt ;;
    infer) echo base math text nn ckpt infer ;;
    train) echo base math text nn ckpt infer train ;;
    export) echo base math text nn ckpt export ;;
    cmd) echo base viz cli ;;
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

# Prints what the file includes and may not; true when there is nothing.
check_file() { # file, allowed folders
    wrong=0
    for header in $(includes "$1"); do
        case $header in
        charnn.h | charnn_inspect.h) continue ;;
        ../* | */../* | /*) from=outside ;;
        */*) from=${header%%/*} ;;
        api.h) from=api.h ;;
        *) from=none ;;
        esac
        case " $2 " in
        *" $from "*) [ -f "$src/$header" ] && continue ;;
        esac
        echo "# $1 may not include \"$header\""
        wrong=1
    done
    return $wrong
}

for path in "$src"/*/; do
    folder=$(basename "$path")
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
    [ -z "$nested" ] || { echo "# $nested: folders are one deep" && bad=1; }
    report "$bad" "$folder includes only: $allowed"
done

# Outside all folders stands the API alone, which sees everything but the commands, and its
# own header, which nobody else sees.
bad=0
for file in "$src"/*.[ch]; do
    case $(basename "$file") in
    api.[ch] | api_*.c) ;;
    *) echo "# $file: belongs into a folder" && bad=1 ;;
    esac
    check_file "$file" "base math text nn ckpt infer train export api.h" || bad=1
done
report "$bad" "only the API is outside folders, and sees no command"

echo "1..$count"
[ "$failures" -eq 0 ]
