#!/bin/sh
# check_names.sh - function names must be easy to find and to set a breakpoint on.
#
#     tests/check_names.sh [SOURCE-FOLDER]
#
# A global function, and one in a header, begins with the name of its file or with the first
# word of that name (ckpt_ in ckpt_read.c); exceptions are in the list below.  The static
# functions of a folder must have different names.
set -u
src=${1:-src}
count=0
failures=0
dir=$(mktemp -d "${TMPDIR:-/tmp}/charnn-names.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

# Other prefixes for the functions of a file, as "FILE PREFIX ...", with FILE without its
# suffix: the names of further types in it, and abbreviations.
prefixes() {
    cat <<'END'
base/buf size
base/pool team profile
ckpt/safetensors st
inspect/histogram moments
math/int8_isa absmax gemm quantize
math/real panels padded
math/ref tile
math/vec v
nn/init model
nn/matrix dense
score/evaluate evaluator
runlog/runs run
viz/axis axes range
END
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

# Prints "static|global FOLDER FILE NAME" for every function that is defined.  In formatted code a
# definition begins in the first column and its body begins with a line "{".
# shellcheck disable=SC2016  # awk's fields, not the shell's
functions() { # files
    awk '
    /^[a-z]/ {
        head = head ~ /\)\)$/ && line == FNR - 1 ? head " " $0 : $0
        sub(/__attribute__\(\(.*\)\) /, "", head)
        line = FNR
        next
    }
    /^\{$/ && match(head, /[A-Za-z_0-9]+\(/) {
        name = substr(head, RSTART, RLENGTH - 1)
        if (match(head, /ISA_SUFFIXED\([A-Za-z_0-9]+/))
            name = substr(head, RSTART + 13, RLENGTH - 13)
        file = FILENAME
        folder = FILENAME
        sub("^.*/", "", file)
        sub("/[^/]*$", "", folder)
        kind = head ~ /^static/ && file !~ /[.]h$/ ? "static" : "global"
        print kind, folder, file, name
    }
    !/^ / { head = "" }' "$@"
}

# Finds global functions without the prefix of their file.
without_prefix() { # functions
    prefixes | awk '
    NR == FNR {
        for (i = 2; i <= NF; i++)
            extra[$1] = extra[$1] " " $i
        next
    }
    $1 == "global" && $4 != "main" && $4 !~ /^charnn_/ {
        folder = $2
        sub("^.*/", "", folder)
        file = $3
        sub(/[.].*$/, "", file)
        word = file
        sub("_.*$", "", word)
        n = split(word extra[folder "/" file], all, " ")
        good = 0
        for (i = 1; i <= n; i++)
            good = good || $4 ~ "^" all[i] "(_|$)"
        if (!good)
            print $2 "/" $3 ": " $4
    }' - "$1"
}

# Finds static functions in one folder that have the same name.
twice() { # functions
    awk '
    $1 == "static" && !(($2, $3, $4) in seen) {
        seen[$2, $3, $4] = 1
        key = $2 "/ has " $4
        files[key] = files[key] " " $3
        n[key]++
    }
    END {
        for (key in n)
            if (n[key] > 1)
                print key " in" files[key]
    }' "$1" | sort
}

# True if the file is empty; otherwise prints its lines as comments.
empty() {
    sed 's/^/# /' "$1"
    [ ! -s "$1" ]
}

# shellcheck disable=SC2046  # a list of files
functions $(find "$src" -name '*.[ch]' | sort) >"$dir/functions"
without_prefix "$dir/functions" >"$dir/wrong"
empty "$dir/wrong"
report $? "global functions begin with the name of their file"
twice "$dir/functions" >"$dir/wrong"
empty "$dir/wrong"
report $? "static functions of a folder have different names"

# Tests this check with two files that break each rule once.
mkdir -p "$dir/lib/text"
printf 'static int put(int x)\n{\n    return x;\n}\n\nint vocab_size(void)\n{\n}\n' >"$dir/lib/text/vocab.c"
printf 'static int put(void)\n{\n}\n\nint size_of_corpus(int x,\n    int y)\n{\n}\n' >"$dir/lib/text/corpus.c"
functions "$dir/lib/text/corpus.c" "$dir/lib/text/vocab.c" >"$dir/functions"
{
    without_prefix "$dir/functions"
    twice "$dir/functions"
} >"$dir/wrong"
cat >"$dir/wanted" <<END
$dir/lib/text/corpus.c: size_of_corpus
$dir/lib/text/ has put in corpus.c vocab.c
END
cmp -s "$dir/wanted" "$dir/wrong"
report $? "names that break the rules are found"

echo "1..$count"
[ "$failures" -eq 0 ]
