#!/bin/sh
# versus-torch-sample.sh - compares the speed of generating one text in charnn, with float
# and int8 weights, and in PyTorch.
#
#     scripts/versus-torch-sample.sh
#
# The models are LSTMs of 2x512 and 3x1024 units with random weights.  Both programs take
# turns ROUNDS (default 5) times, on THREADS (default: all cores); speeds and ratios are
# medians over the rounds.  Texts of two lengths are timed, so that loading does not count.
# Needs a python3 with torch, like versus-torch.sh.
set -eu
cd "$(dirname "$0")/.."
CHARNN_BENCH_LIB=1
export CHARNN_BENCH_LIB
# shellcheck source=scripts/bench.sh
. scripts/bench.sh
check_setup
check_torch

# torch LAYERS SIZE CHARACTERS: prints the characters per second of PyTorch.
torch() {
    OMP_NUM_THREADS=$threads LD_LIBRARY_PATH=/usr/lib/$(uname -m)-linux-gnu/openblas-openmp \
        "$python" scripts/torch_sample.py "$1" "$2" 65 "$threads" "$3"
}

# ours WEIGHTS CHARACTERS: prints the characters per second of charnn with $tmp/s.bin.
ours() {
    short=$(clock_sample 100 --weights "$1")
    long=$(clock_sample $((100 + $2)) --weights "$1")
    awk -v n="$2" -v a="$short" -v b="$long" 'BEGIN { print (b > a ? n / (b - a) : 0) }'
}

# Each row: LAYERS, SIZE, the characters that charnn generates in a round, and those of PyTorch.
for model in "2 512 20000 1500" "3 1024 1500 200"; do
    # shellcheck disable=SC2086
    set -- $model
    random_lstm "$1" "$2"
    : >"$tmp/turns"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        echo "$(ours f32 "$3") $(ours int8 $((2 * $3))) $(torch "$1" "$2" "$4")" >>"$tmp/turns"
        round=$((round + 1))
    done
    # shellcheck disable=SC2016
    for column in '$1' '$2' '$3' '$1 / $3' '$2 / $3'; do
        awk "{ print $column }" "$tmp/turns" | middle
    done | tr '\n' ' ' | awk -v l="$1" -v s="$2" '{
        printf "lstm %dx%-5d chars/s: f32 %7.0f  int8 %7.0f  torch %6.0f   ratios: f32 %5.1f  int8 %5.1f\n",
            l, s, $1, $2, $3, $4, $5 }'
done
