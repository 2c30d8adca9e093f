#!/bin/sh
# analyze.sh - static analysis of src by clang-tidy, by cppcheck, or by gcc -fanalyzer.
#
#     [CORES=2] tests/analyze.sh clang-tidy|cppcheck|gcc
#
# Prints the findings; its exit status is 0 if there are none but those below.  What clang-tidy
# looks for, and why not for more, is in .clang-tidy.
# shellcheck disable=SC2016
set -u
cd "$(dirname "$0")/.." || exit 1
tool=${1:-}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-analyze.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# The tool, what it says, the file, and why it is not a bug.  Columns are separated by tabs.
known() {
    cat <<'END'
cppcheck	uninitvar	src/lib/api_mix.c	only the address of `ignored` is used
cppcheck	memleakOnRealloc	src/lib/base/array.c	the caller still has the old address
cppcheck	invalidPointerCast	*	a table says which member has which type
cppcheck	uninitvar	src/lib/math/pointwise_isa.c	a loop sets every lane
cppcheck	legacyUninitvar	src/lib/math/pointwise_isa.c	a loop sets every lane
cppcheck	memleak	src/lib/mix/held_out.c	*h owns it
cppcheck	memleak	src/lib/mix/ngram_model.c	the list of kept levels owns it
cppcheck	memleak	src/lib/sample/generator.c	the generator owns it
cppcheck	invalidFunctionArgBool	src/lib/sample/generator.c	the bytes are of type bool
cppcheck	invalidFunctionArg	src/lib/sample/generator.c	V is at least 1, and one term of the sum is 1
cppcheck	legacyUninitvar	src/lib/text/sources.c	signature_advice sets it
cppcheck	autoVariables	src/lib/train/setup.c	not used after the function returns
cppcheck	compareBoolExpressionWithInt	src/tool/charts/chart_gradients.c	a loop over false and true
cppcheck	nullPointerArithmeticRedundantCheck	src/tool/charts/chart_gradients.c	it has returned
cppcheck	uninitvar	src/tool/gradflow/flow.c	the loop runs: a length is at least 1
cppcheck	unknownEvaluationOrder	src/tool/gradflow/flow_figure.c	initialisers without side effects
cppcheck	nullPointerRedundantCheck	src/tool/info.c	msg_die_error does not return
gcc	-Wanalyzer-null-dereference	src/lib/api.c	err_set returns -1
gcc	-Wanalyzer-malloc-leak	src/lib/api_mix.c	r->files owns it
gcc	-Wanalyzer-malloc-leak	src/lib/base/folder.c	f->name owns it
gcc	-Wanalyzer-malloc-leak	src/lib/ckpt/st_header.c	f->by_name owns it
gcc	-Wanalyzer-malloc-leak	src/lib/config/config.c	c owns it
gcc	-Wanalyzer-use-of-uninitialized-value	src/lib/math/pointwise_isa.c	a loop sets every lane
gcc	-Wanalyzer-malloc-leak	src/lib/mix/ngram_model.c	the list of kept levels owns it
gcc	-Wanalyzer-null-argument	src/lib/sample/prime.c	err_set returns -1
gcc	-Wanalyzer-possible-null-dereference	src/lib/score/mixed.c	err_set returns -1
gcc	-Wanalyzer-malloc-leak	src/lib/train/files.c	f->inputs owns it
gcc	-Wanalyzer-use-of-uninitialized-value	src/tool/eval.c	it begins as zeros
gcc	-Wanalyzer-malloc-leak	src/tool/runlog/run_line.c	l->settings owns it
END
}

compile='-std=c11 -D_GNU_SOURCE -Iinclude -Isrc/lib -Isrc/tool'

# Runs a command with each source; $flags are those that select an instruction set.
each_source() { # command
    find src -name '*.c' -print0 | xargs -0 -n 1 -P "${CORES:-2}" sh -c '
        case $1 in
        */tile_isa.c) flags="-DVEC_BYTES=16 -DISA=sse2" ;;
        *_isa.c | */cell_*.c) flags="-DVEC_SCALAR -DISA=ref" ;;
        *) flags=-DVEC_SCALAR ;;
        esac
        '"$1" sh
}

# Print lines `file:line: message [name]`.
run_clang_tidy() {
    each_source 'clang-tidy -quiet "$1" -- '"$compile"' $flags 2>/dev/null'
}

run_cppcheck() {
    # shellcheck disable=SC2086
    cppcheck --quiet -j "${CORES:-2}" --enable=warning,portability \
        --template='{file}:{line}: {message} [{id}]' -DVEC_SCALAR -DISA=ref ${compile#* } src 2>&1
}

run_gcc() {
    each_source "gcc $compile"' $flags -O1 -fanalyzer -fdiagnostics-plain-output -c -o /dev/null "$1" 2>&1'
}

# Prints the findings that are not known.  Each ends with what it is called, in brackets; the names
# of clang-tidy may have an ending after a comma.
unknown() {
    awk -F '\t' -v tool="$tool" -v here="$PWD/" '
        NR == FNR { if ($1 == tool) known[$2, $3] = 1; next }
        { sub("^" here, "") }
        / error: / && !/\]$/
        match($0, /^src[^:]*:[0-9:]* /) && match($0, /\[[^][]*\]$/) {
            id = substr($0, RSTART + 1, RLENGTH - 2)
            sub(/,.*/, "", id)
            file = $0
            sub(/:.*/, "", file)
            if (!((id, file) in known || (id, "*") in known))
                print
        }' "$tmp/known" "$tmp/all" | sort -u
}

known >"$tmp/known"
case $tool in
clang-tidy) run_clang_tidy >"$tmp/all" ;;
cppcheck) run_cppcheck >"$tmp/all" ;;
gcc) run_gcc >"$tmp/all" ;;
*) echo "analyze.sh: clang-tidy, cppcheck or gcc?" >&2; exit 2 ;;
esac
unknown >"$tmp/unknown"
cat "$tmp/unknown"
[ ! -s "$tmp/unknown" ]
