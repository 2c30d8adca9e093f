#!/bin/sh
# recipe.sh - repeats experiments behind the automatic settings (src/lib/train/autoconf.c).
#
#     scripts/recipe.sh LINE ...       trains the runs of these lines of scripts/recipe.tsv
#
# Prints a line for each run: the best and the last validation loss that the table has, then those
# of this run.  The texts are fetched by scripts/get-data.sh; s60 is the first 60,000 characters
# of tinyshakespeare, validated on the last 111,540.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${CHARNN_BIN:-$here/../build/release/bin}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-recipe.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
[ $# -gt 0 ] || usage
for line; do
    case $line in '' | 0* | *[!0-9]*) usage ;; esac
done

# fetch NAME: sets $text to the text, and $options to the options that belong to it.
fetch() {
    options=
    case $1 in
    play) text=$here/../data/play.txt; return ;;
    lx) name=linux ;;
    ko) name=korean-reviews ;;
    *) name=tinyshakespeare ;;
    esac
    text=$tmp/$name.txt
    [ -f "$text" ] || "$here/get-data.sh" $name "$tmp"
    [ "$1" = s60 ] || return 0
    head -c 60000 "$text" >"$tmp/s60.txt"
    tail -c 111540 "$text" | tr -d Q >"$tmp/tail.txt" # there is no Q in the first 60,000
    text=$tmp/s60.txt options="--valid-file $tmp/tail.txt"
}

for line; do
    row=$(sed -n "${line}p" "$here/recipe.tsv")
    # shellcheck disable=SC2086
    set -- $row
    if [ "$line" = 1 ] || [ $# -ne 13 ]; then
        echo "recipe.sh: there is no run in line $line of recipe.tsv" >&2
        exit 1
    fi
    fetch "$1"
    # shellcheck disable=SC2086
    "$bin/charnn" train --quiet --overwrite -o "$tmp/run.bin" --cell "$3" --layers "$4" --size "$5" \
        --dropout "$6" --weight-decay "$7" --weight-drop "$8" --seed "$9" --steps "${10}" $options "$text"
    shift 11
    losses=$(sed -n 's/^{"event":"valid".*"valid_loss":\([^,]*\),"best_loss":\([^,]*\),.*/\2 \1/p' "$tmp/run.jsonl" | tail -n 1)
    printf 'line %d: table %s %s, now %.4f %.4f\n' "$line" "$@" "${losses% *}" "${losses#* }"
done
