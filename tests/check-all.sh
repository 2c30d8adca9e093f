#!/bin/sh
# check-all.sh - what takes longer or needs more tools than `make test`: other compilers,
# sanitizers, valgrind, linting, PyTorch, fuzzing, every kernel shape, another architecture.
#
# Says at the end what this machine could not check, and `N passed, N failed, N skipped`.
set -u
cd "$(dirname "$0")/.." || exit 1
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-check.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0
skipped=
python=${PYTHON:-/usr/bin/python3}

# check NAME COMMAND ...
check() {
    name=$1
    shift
    if "$@" >"$tmp/log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        grep -v ' passed$' "$tmp/log" | tail -n 40 | sed 's/^/    | /'
    fi
}

# check_with TOOL NAME COMMAND ...: where the tool is there
check_with() {
    tool=$1
    shift
    if command -v "$tool" >/dev/null 2>&1; then
        check "$@"
    else
        skipped="$skipped
  $1: no $tool"
        echo "skipped $1: no $tool"
    fi
}

quiet_build() { # variables
    make "$@" BUILD="$tmp/build" CFLAGS=-Werror "$tmp/build/libcharnn.a" "$tmp/build/bin/charnn" \
        "$tmp/build/bin/charnn-train" "$tmp/build/bin/charnn-sample"
    status=$?
    rm -rf "$tmp/build"
    return $status
}

sanitized() { # variant
    make -s VARIANT="$1" test
}

under_valgrind() {
    charnn=build/release/bin
    printf 'hello, world. ' >"$tmp/v.txt"
    CHARNN_ISA=ref valgrind -q --error-exitcode=9 --leak-check=full $charnn/charnn-train -q --size 12 \
        --steps 20 -o "$tmp/v.bin" "$tmp/v.txt" &&
        valgrind -q --error-exitcode=9 --leak-check=full $charnn/charnn-sample -q -n 20 "$tmp/v.bin"
}

fuzz() { # target
    clang -std=c11 -D_GNU_SOURCE -Iinclude -Isrc/lib -Isrc/tool -g -O1 -fsanitize=fuzzer,address,undefined \
        tests/fuzz/fuzz_"$1".c src/lib/base/[!p]*.c src/lib/ckpt/s*.c src/lib/text/*.c -lm -o "$tmp/fuzz" &&
        "$tmp/fuzz" -max_total_time=30 -verbosity=0
}

exchange() {
    make -s build/release/tests/golden/logits &&
        "$python" tests/golden/check_exchange.py build/release/tests/golden/logits
}

# The whole of the kernels and the network on another architecture, in an emulator.
on_aarch64() {
    make -s CC=aarch64-linux-gnu-gcc BUILD="$tmp/arm" LDFLAGS=-static \
        "$tmp/arm/tests/unit/test_kernels" "$tmp/arm/tests/unit/test_vec" \
        "$tmp/arm/tests/unit/test_golden" || return 1
    for test in kernels vec golden; do
        qemu-aarch64-static "$tmp/arm/tests/unit/test_$test" || return 1
    done
}

# The tiles of AVX-512, in vectors that the compiler makes of two AVX2 registers.
wide_tiles() {
    make -s BUILD="$tmp/wide" ISA_FLAGS_avx2='-DVEC_BYTES=64 -mavx2 -mfma -Wno-psabi' \
        "$tmp/wide/tests/unit/test_kernels" "$tmp/wide/tests/unit/test_golden" &&
        "$tmp/wide/tests/unit/test_kernels" && "$tmp/wide/tests/unit/test_golden"
}

make -s all || exit 1
check "make test" make test
check_with gcc "gcc, no warning" quiet_build CC=gcc
check_with clang "clang, no warning" quiet_build CC=clang
if [ "$(uname -m)" = x86_64 ] && command -v python3 >/dev/null 2>&1; then
    check_with objdump "no tile spills an accumulator" python3 tests/check_spills.py \
        build/release/src/lib/math/tile_isa.avx2.o build/release/src/lib/math/tile_isa.avx512.o
fi
check "every kernel shape" env CHARNN_FULL_GRID=1 build/release/tests/unit/test_kernels
check "the tiles of AVX-512, emulated" wide_tiles
check "fifty kills" env CHARNN_KILLS=50 CHARNN_BIN=build/release/bin tests/cli/run.sh kill
check "address and undefined-behaviour sanitizers" sanitized asan
check "thread sanitizer" sanitized tsan
check_with valgrind "valgrind" under_valgrind
check_with shellcheck "shell scripts" sh -c 'shellcheck -x scripts/*.sh tests/*.sh tests/cli/*.sh tests/cli/*.test'
for target in json safetensors corpus; do
    check_with clang "fuzzing $target" fuzz $target
done
if "$python" -c 'import torch' 2>/dev/null; then
    check "golden files as PyTorch makes them" "$python" tests/golden/make_golden.py --check
    check "models of PyTorch give the same logits" exchange
else
    check_with python3-with-torch "golden files as PyTorch makes them" false
fi
browser=chromium
command -v "$browser" >/dev/null 2>&1 || browser=google-chrome
check_with "$browser" "pages in a browser" env CHARNN_BROWSER="$browser" \
    CHARNN_BIN=build/release/bin tests/cli/run.sh page cells_page
check_with xmllint "pictures are well-formed" env CHARNN_BIN=build/release/bin tests/cli/run.sh plot
check_with aarch64-linux-gnu-gcc "aarch64 (NEON) in an emulator" on_aarch64

[ -z "$skipped" ] || echo "not checked here:$skipped"
n=$(printf '%s' "$skipped" | grep -c .)
echo "$passed passed, $failed failed, $n skipped"
[ "$failed" -eq 0 ]
