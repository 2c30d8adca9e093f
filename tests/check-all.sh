#!/bin/sh
# check-all.sh - runs everything that takes longer or needs more tools than `make test`:
# `make test` in full, both compilers, static analysis, sanitizers, valgrind, PyTorch, fuzzing,
# other machines.
#
#     [STRICT=1] [SHORT=1] [MACHINES="NAME ..."] tests/check-all.sh
#
# Prints a line for each check, with its duration in seconds; after a failure the end of its
# output; and what could not be checked on this machine.  The last line is `N passed, N
# failed`, and `, N skipped` if checks were skipped; each test of `make test` counts as one.
# With STRICT=1 a check fails if its tool is missing.  With SHORT=1, for CI, there are fewer
# kills, less fuzzing, only as many failing calls as in `make test`, and fewer trainings under
# sanitizers.
set -u
cd "$(dirname "$0")/.." || exit 1
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-check.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
LC_ALL=C
export LC_ALL
unset CHARNN_ISA CHARNN_BIN MAKEFLAGS VARIANT BUILD
cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
bin=build/release/bin
python=${PYTHON:-/usr/bin/python3}
passed=0
failed=0
skipped=0

# ------------------------------------------------------------------------- counting

seconds() {
    date +%s
}

# Prints the line of a finished check.
say() { # status begin name
    printf '%-7s %4d s  %s\n' "$1" $(($(seconds) - $2)) "$3"
}

# Prints the end of the output of a check that failed.
show() {
    tail -n 40 "$1" | cut -c 1-160 | sed 's/^/    | /'
}

# check NAME COMMAND ...: one check.  The command may print a result for the line, as
# `figure: ...`.
check() {
    name=$1
    shift
    begin=$(seconds)
    if "$@" >"$tmp/log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        status=ok
    else
        failed=$((failed + 1))
        status=FAILED
    fi
    figure=$(sed -n 's/^figure: //p' "$tmp/log" | paste -s -d ';' -)
    say "$status" "$begin" "$name${figure:+: $figure}"
    [ "$status" = ok ] || show "$tmp/log"
}

# suite NAME COMMAND ...: runs a command, and adds the numbers of the last line `N passed, N
# failed` that it prints; make may print more after it.
suite() {
    name=$1
    shift
    begin=$(seconds)
    "$@" >"$tmp/log" 2>&1 </dev/null
    code=$?
    counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$tmp/log" | tail -n 1)
    good=${counts% *} bad=${counts#* }
    good=${good:-0} bad=${bad:-0}
    if [ "$bad" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$good" -eq 0 ]; }; then
        bad=1
    fi
    if [ "${STRICT:-0}" = 1 ]; then # a reason like `no xmllint`
        bad=$((bad + $(grep -c '^skipped: .*# SKIP no ' "$tmp/log")))
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    [ "$bad" -eq 0 ] && status=ok || status=FAILED
    say "$status" "$begin" "$name: $good passed, $bad failed"
    grep '^skipped: ' "$tmp/log" | sed 's/^/    | /'
    [ "$bad" -eq 0 ] && return
    # If a program fails without a `not ok`, run.sh prints `PROGRAM: what is wrong`.
    grep -A 3 -e '^not ok' -e '^\(build\|tests\)/[^ ]*: ' "$tmp/log" | head -n 80 | sed 's/^/    | /'
    show "$tmp/log"
}

# has NAME TOOL ...: true if all tools are present; otherwise the check is skipped.
has() {
    name=$1
    shift
    for tool in "$@"; do
        if ! command -v "$tool" >/dev/null 2>&1; then
            lacks "$name" "$tool"
            return 1
        fi
    done
}

lacks() { # name what
    if [ "${STRICT:-0}" = 1 ]; then
        failed=$((failed + 1))
        say FAILED "$(seconds)" "$1: there is no $2"
    else
        skipped=$((skipped + 1))
        say skipped "$(seconds)" "$1: there is no $2"
    fi
}

# number KEY FILE: prints the last number after "KEY": in a JSON file.
number() {
    sed -n 's/.*"'"$1"'": *\([-+0-9.eE]*\).*/\1/p' "$2" | tail -n 1
}

# --------------------------------------------------------------------------- builds

# Builds every program and unit test from scratch, without a warning.
builds_all() { # folder, variables
    folder=$1
    shift
    rm -rf "$folder"
    make -j"$cores" BUILD="$folder" "$@" programs >"$tmp/build" 2>&1
    status=$?
    cat "$tmp/build"
    [ $status -eq 0 ] && ! grep -n 'warning:' "$tmp/build"
}

no_spills() { # build ...
    for build in "$@"; do
        "$python" tests/check_spills.py "$build"/src/lib/math/tile_isa.avx*.o || return 1
    done
}

shell_scripts() {
    shellcheck -x .ci/run scripts/*.sh tests/*.sh tests/cli/*.sh tests/cli/*.test
}

# Static analysis takes minutes; tests/analyze.sh says which findings are not bugs.
analyses() {
    for analyzer in clang-tidy cppcheck gcc; do
        has "$analyzer finds nothing in the source" "$analyzer" &&
            check "$analyzer finds nothing in the source" env CORES="$cores" tests/analyze.sh \
                "$analyzer"
    done
}

# The sanitizers of gcc 12 fail if address randomisation is strong, which cannot be turned
# off everywhere.
fixed_addresses() {
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}

# Unit tests that use several threads.  The command-line tests would add minutes and test
# nothing new.
threaded='stack evaluate generator pool bidir alloc optim dropout'

on_threads() {
    set --
    for test in $threaded; do
        set -- "$@" "build/tsan/tests/unit/test_$test"
    done
    make -j"$cores" VARIANT=tsan "$@" && fixed_addresses tests/run.sh "$@"
}

# Tests the AVX-512 tiles on a machine without AVX-512: the compiler uses two AVX2 registers for
# each vector.
wide_tiles() {
    set -- "$tmp/wide/tests/unit/test_kernels" "$tmp/wide/tests/unit/test_pointwise" \
        "$tmp/wide/tests/unit/test_golden"
    make -s -j"$cores" BUILD="$tmp/wide" \
        ISA_FLAGS_avx2='-DVEC_BYTES=64 -mavx2 -mfma -Wno-psabi' "$@" && tests/run.sh "$@"
}

# Tests the kernels and the network on another architecture, in an emulator.
on_aarch64() {
    for test in kernels pointwise vec golden; do
        make -s -j"$cores" CC=aarch64-linux-gnu-gcc BUILD="$tmp/arm" LDFLAGS=-static \
            "$tmp/arm/tests/unit/test_$test" || return 1
        qemu-aarch64-static "$tmp/arm/tests/unit/test_$test" || return 1
    done
}

# A machine for which there is no compiler or emulator is skipped.
other_machine() { # name
    what=$(tests/machines.sh --missing "$1")
    if [ -n "$what" ]; then
        lacks "machine $1" "$what"
    else
        suite "machine $1" env CORES="$cores" tests/machines.sh "$1"
    fi
}

# Makes every call of the C library that can fail do so once.
every_fault() {
    CHARNN_FAULTS=all CHARNN_BIN=$bin timeout 7200 tests/cli/run.sh fault >"$tmp/faults"
    status=$?
    grep -A 12 '^not ok' "$tmp/faults"
    sed -n 's/^# \([0-9]* calls failed.*\)/figure: \1/p' "$tmp/faults"
    return $status
}

# ------------------------------------------------------------------------- valgrind

valgrind_run() {
    timeout 300 valgrind -q --error-exitcode=9 --leak-check=full "$@"
}

memory_is_sound() {
    head -c 3000 data/korean.txt >"$tmp/short.txt"
    valgrind_run "$bin/charnn-train" -q --cell gru --embed 5 --size 20 --dropout 0.2 \
        --batch-size 3 --seq-length 9 --steps 6 --threads 2 -o "$tmp/v.bin" \
        "$tmp/short.txt" &&
        valgrind_run "$bin/charnn-train" -q --resume "$tmp/v.last.bin" --steps 9 &&
        valgrind_run "$bin/charnn-sample" -t 0.8 -n 50 -s 1 "$tmp/v.bin" &&
        valgrind_run "$bin/charnn-eval" "$tmp/v.bin" "$tmp/short.txt" &&
        valgrind_run "$bin/charnn-info" "$tmp/v.last.bin"
}

# -------------------------------------------------------------------------- PyTorch

# parity NAME OPTIONS: trains a small model; PyTorch must compute the same loss of a text as charnn
# eval.
parity() {
    model=$tmp/$1.bin
    shift
    head -c 20000 data/play.txt >"$tmp/text.txt"
    "$bin/charnn" train --size 50 --steps 400 -q "$@" -o "$model" data/play.txt &&
        "$bin/charnn" eval --json "$model" "$tmp/text.txt" >"$tmp/eval.json" &&
        "$python" tests/golden/check_torch.py "$model" "$tmp/text.txt" \
            "$(number nats_per_char "$tmp/eval.json")" >"$tmp/parity" &&
        sed 's/^/figure: /' "$tmp/parity"
}

golden_files() {
    "$python" tests/golden/make_golden.py --check
}

# Models saved by PyTorch and read by charnn must have the same logits.
exchange() {
    make build/release/tests/golden/logits &&
        "$python" tests/golden/check_exchange.py build/release/tests/golden/logits >"$tmp/exchange" &&
        sed 's/^/figure: /' "$tmp/exchange"
}

# -------------------------------------------------------------------------- fuzzing

fuzz_flags='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined'

# Fails if clang cannot link libFuzzer, which is a separate package.
fuzzer_links() {
    echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' >"$tmp/fuzzer.c"
    clang -fsanitize=fuzzer,address "$tmp/fuzzer.c" -o "$tmp/fuzzer" >/dev/null 2>&1
}

fuzz_library() {
    make -j"$cores" CC=clang BUILD=build/fuzz CFLAGS="$fuzz_flags -fsanitize=fuzzer-no-link" \
        build/fuzz/libinternal.a build/fuzz/libtool.a
}

# Starts from the stored inputs.  Prints an input that makes the target crash, so that it
# can be stored too.
fuzz() { # target
    work=$tmp/fuzz_$1
    mkdir -p "$work/corpus"
    # shellcheck disable=SC2086
    clang -std=c11 -D_GNU_SOURCE -Iinclude -Isrc/lib -Isrc/tool -pthread $fuzz_flags \
        -fsanitize=fuzzer "tests/fuzz/fuzz_$1.c" build/fuzz/libtool.a build/fuzz/libinternal.a -lm -o "$work/fuzz" ||
        return 1
    "$work/fuzz" -max_total_time="$fuzz_seconds" -timeout=10 -max_len=8192 -print_final_stats=1 -close_fd_mask=3 \
        -artifact_prefix="$work/" "$work/corpus" "tests/fuzz/inputs/$1" >"$work/log" 2>&1 &&
        sed -n 's/^stat::number_of_executed_units: /figure: inputs /p' "$work/log" && return
    cat "$work/log"
    for input in "$work"/*-*; do
        [ -f "$input" ] && base64 "$input" | head -n 8
    done
    return 1
}

# ------------------------------------------------------------------------- the list

kills=200 fuzz_seconds=600
leave_out=
if [ "${SHORT:-0}" = 1 ]; then
    kills=20 fuzz_seconds=1
    # These tests train for the longest time, or try options that a fuzz target tries too.
    leave_out='readme exchange sweep both corpora kill again options train export two_runs'
fi

if has "gcc builds everything without a warning" gcc; then
    check "gcc builds everything without a warning" builds_all build/release CC=gcc
fi
if has "clang builds everything without a warning" clang; then
    check "clang builds everything without a warning" builds_all build/clang CC=clang
    if [ "$(uname -m)" = x86_64 ] &&
        has "no tile spills an accumulator" gcc objdump "$python"; then
        check "no tile spills an accumulator" no_spills build/release build/clang
    fi
fi
make -s all || exit 1
has "shellcheck finds nothing" shellcheck && check "shellcheck finds nothing" shell_scripts
[ "${SHORT:-0}" = 1 ] || analyses

# Optional tools that `make test` uses if present.
has "pictures are well-formed XML" xmllint
browser=
for program in chromium google-chrome; do
    [ -n "$browser" ] || ! command -v $program >/dev/null 2>&1 || browser=$program
done
[ -n "$browser" ] || lacks "pages in a browser" chromium
suite "make test, with every kernel shape, $kills kills and a browser" \
    env CHARNN_FULL_GRID=1 CHARNN_KILLS="$kills" ${browser:+CHARNN_BROWSER="$browser"} \
    timeout 2400 make -j"$cores" test
check "make demo" timeout 600 make demo
[ "${SHORT:-0}" = 1 ] || check "calls of the C library that fail" every_fault

suite "make test with the address and undefined-behaviour sanitizers" \
    fixed_addresses env LEAVE_OUT="$leave_out" timeout 1200 make -j"$cores" VARIANT=asan test
suite "tests of what runs on threads, with the thread sanitizer" on_threads
has "valgrind finds nothing in train, resume, sample, eval and info" valgrind &&
    check "valgrind finds nothing in train, resume, sample, eval and info" memory_is_sound
if [ "$(uname -m)" = x86_64 ] && grep -qw avx2 /proc/cpuinfo && ! grep -qw avx512f /proc/cpuinfo; then
    suite "the tiles of AVX-512, emulated" wide_tiles
fi
has "aarch64 (NEON), emulated" aarch64-linux-gnu-gcc qemu-aarch64-static &&
    check "aarch64 (NEON), emulated" on_aarch64

# All other machines and builds, or those that were asked for.
machines=${MACHINES:-}
[ -n "$machines" ] || [ "${SHORT:-0}" = 1 ] || machines=$(tests/machines.sh --list)
for machine in $machines; do
    other_machine "$machine"
done

if "$python" -c 'import torch' 2>/dev/null; then
    check "golden files are what PyTorch says" golden_files
    check "models of PyTorch give the same logits" exchange
    check "PyTorch predicts as an rnn does" parity rnn --cell rnn --layers 1
    check "PyTorch predicts as an rnn with relu does" parity relu --cell rnn --activation relu
    check "PyTorch predicts as an lstm of 2 layers does" parity lstm --cell lstm
    check "PyTorch predicts as a gru with an embedding does" parity gru --cell gru --embed 16
    check "PyTorch predicts as a residual gru of 3 layers does" \
        parity residual --cell gru --layers 3 --skip residual
    check "PyTorch predicts as a dense lstm of 3 layers does" \
        parity dense --cell lstm --layers 3 --skip dense
    check "PyTorch predicts as a bidirectional lstm does" parity both --cell lstm --bidirectional
else
    lacks "agreement with PyTorch" "torch for $python"
fi

if ! has "fuzzing" clang; then
    :
elif ! fuzzer_links; then
    lacks "fuzzing" "libFuzzer for clang"
else
    check "the library builds for fuzzing" fuzz_library
    for source in tests/fuzz/fuzz_*.c; do
        target=$(basename "$source" .c)
        check "the $target finds nothing in $fuzz_seconds seconds" fuzz "${target#fuzz_}"
    done
fi

[ "$skipped" -eq 0 ] || skips=", $skipped skipped"
echo "$passed passed, $failed failed${skips:-}"
[ "$failed" -eq 0 ]
