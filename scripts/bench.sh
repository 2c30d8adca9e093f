#!/bin/sh
# bench.sh - measures the speed of training and sampling on this machine, as a share of its
# multiply-add peak.
#
#     scripts/bench.sh [WORKLOAD ...]          all, or some of W1 ... W9 sample
#
# Each workload is run ROUNDS (default 5) times for BENCH_SECONDS (default 3), on THREADS
# (default: all cores).  The peak is measured before and after each run.  The speed of a run
# is the median over the lines of its log, without the first quarter.  Prints the medians
# over the runs of the speed and of its share of the peak.  The work is counted as 6 flops
# for each matrix weight and character, without the one-hot product.
set -eu
cd "$(dirname "$0")/.."
bin=${CHARNN_BIN:-build/release/bin}
text=${RANDOM_TEXT:-build/release/tests/bench/random_text}
seconds=${BENCH_SECONDS:-3}
rounds=${ROUNDS:-5}
threads=${THREADS:-0}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-bench.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# shape WORKLOAD: cell layers size batch seq symbols
shape() {
    case $1 in
    W1) echo lstm 1 128 50 50 65 ;;
    W2) echo lstm 2 128 50 50 65 ;;
    W3) echo lstm 1 512 64 64 65 ;;
    W4) echo lstm 2 512 64 64 65 ;;
    W5) echo gru 2 512 64 64 65 ;;
    W6) echo rnn 2 512 64 64 65 ;;
    W7) echo lstm 3 1024 64 64 65 ;;
    W8) echo lstm 2 512 32 64 2000 ;;
    W9) echo lstm 1 512 32 32 65 ;; # what --time 3m chooses for a megabyte
    *) echo "bench.sh: no workload $1; there are W1 to W9 and sample" >&2; return 2 ;;
    esac
}

# Prints the GFLOP/s of the kernels in use, with the number of threads of the run.
peak() {
    "$bin/charnn-info" --machine | awk -v one="$threads" '
        /^\*/ { for (i = 1; i < NF; i++) if ($i == "peak") p = $(i + 1)
                if (one != 1 && $NF + 0 > 0 && $(NF - 1) == "with") p = $(NF - 2); print p }'
}

# Prints the median of the numbers on stdin.
middle() {
    sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'
}

# Prints the median of the numbers on stdin without the first quarter of them.
median() {
    awk '{ x[NR] = $1 } END { for (i = int(NR / 4) + 1; i <= NR; i++) print x[i] }' | middle
}

# train WORKLOAD: trains, and prints characters per second and MiB of memory.
train() {
    # shellcheck disable=SC2046
    set -- $(shape "$1")
    [ -s "$tmp/$6.txt" ] || "$text" "$6" 300000 >"$tmp/$6.txt"
    "$bin/charnn-train" --quiet --profile --overwrite --valid 0 --dropout 0 --reset 0 --optimizer adam \
        --weight-decay 0 --cell "$1" --layers "$2" --size "$3" \
        --batch-size "$4" --seq-length "$5" --threads "$threads" --steps 1000000 \
        --time "$seconds" -o "$tmp/run.bin" "$tmp/$6.txt" 2>"$tmp/profile"
    speed=$(sed -n 's/.*"chars_per_second":\([0-9.]*\).*/\1/p' "$tmp/run.jsonl" | median)
    [ -n "$speed" ] || { echo "no speed in the log of $*" >&2; return 1; }
    echo "$speed $(awk '/peak memory/ { print $3 }' "$tmp/profile")"
}

# weights WORKLOAD: prints the number of matrix weights, without those of the one-hot input.
weights() {
    # shellcheck disable=SC2046
    set -- $(shape "$1")
    rows=$("$bin/charnn-info" --json "$tmp/run.bin" | sed -n 's/.*"rnn.weight_hh_l0":\[\([0-9]*\),.*/\1/p')
    echo $((rows * $3 * (2 * $2 - 1) + $6 * $3))
}

# Measures training between two measurements of the peak, because the speed of a shared
# machine varies.
bench_train() {
    : >"$tmp/rounds"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        before=$(peak)
        result=$(train "$1")
        echo "$result $before $(peak)" >>"$tmp/rounds"
        round=$((round + 1))
    done
    speed=$(awk '{ print $1 }' "$tmp/rounds" | middle)
    memory=$(awk '{ print $2 }' "$tmp/rounds" | middle)
    flops=$(weights "$1")
    share=$(awk -v w="$flops" '{ print 6e-9 * w * $1 / (($3 + $4) / 2) }' "$tmp/rounds" | middle)
    echo "$1 $(shape "$1") $speed $memory $flops $share" | awk '{
        printf "%-7s %-5s %dx%-5d B%-3d T%-3d V%-5d %10.0f chars/s %7.1f GFLOP/s %5.1f %% of peak %6.0f MiB\n",
            $1, $2, $3, $4, $5, $6, $7, $8, 6e-9 * $10 * $8, 100 * $11, $9 }'
}

# random_lstm LAYERS SIZE: writes $tmp/s.bin
random_lstm() {
    [ -s "$tmp/65.txt" ] || "$text" 65 300000 >"$tmp/65.txt"
    "$bin/charnn-train" --quiet --overwrite --valid 0 --layers "$1" --size "$2" --steps 1 \
        --seq-length 8 -o "$tmp/s.bin" "$tmp/65.txt"
}

# Measures the speed of generating with LSTMs of 2x512 and 3x1024 units with random weights, as
# float and as int8.  Every character reads each weight once, so the GB/s that are printed can be
# compared with the read bandwidth of the machine.
bench_sample() {
    "$bin/charnn-info" --machine | grep 'read bandwidth'
    for model in "2 512 f32 8000 4" "2 512 int8 20000 1" "3 1024 f32 600 4" "3 1024 int8 3000 1"; do
        # shellcheck disable=SC2086
        set -- $model
        random_lstm "$1" "$2"
        short=$(clock_sample 100 --weights "$3")
        long=$(clock_sample "$4" --weights "$3")
        awk -v n="$4" -v a="$short" -v b="$long" -v l="$1" -v s="$2" -v w="$3" -v bytes="$5" 'BEGIN {
            speed = (n - 100) / (b - a)
            weights = 4 * s * s * (2 * l - 1) + 65 * s
            printf "sample  lstm  %dx%-5d %-4s %22.0f chars/s %7.1f GB/s\n", l, s, w, speed, 1e-9 * bytes * weights * speed }'
    done
}

# clock_sample N [OPTION ...]: prints the seconds for loading the model and sampling N
# characters
clock_sample() {
    n=$1
    shift
    start=$(date +%s.%N)
    "$bin/charnn-sample" -q -s 1 -n "$n" --threads "$threads" "$@" "$tmp/s.bin" >/dev/null
    echo "$start $(date +%s.%N)" | awk '{ printf "%.4f", $2 - $1 }'
}

bench() {
    for workload; do
        if [ "$workload" = sample ]; then
            bench_sample
        else
            shape "$workload" >/dev/null
            bench_train "$workload"
        fi
    done
}

# Refuses settings that are not positive numbers; ends the script if the programs are not built.
check_setup() {
    case $rounds$threads in *[!0-9]*) rounds=0 ;; esac
    if [ "$rounds" -lt 1 ] || ! awk -v s="$seconds" 'BEGIN { exit !(s + 0 > 0) }'; then
        echo "${0##*/}: ROUNDS and THREADS are whole numbers, ROUNDS and BENCH_SECONDS above 0" >&2
        exit 2
    fi
    if ! [ -x "$text" ] || ! [ -x "$bin/charnn-train" ]; then
        echo "${0##*/}: the programs to measure are not built yet: run make bench" >&2
        exit 1
    fi
}

# Finds a $python with torch, or exits.  If $threads is 0, sets it to the number of cores, so that
# charnn and PyTorch use the same number.
check_torch() {
    python=${PYTHON:-python3}
    [ -n "${PYTHON:-}" ] || ! /usr/bin/python3 -c 'import torch' 2>/dev/null || python=/usr/bin/python3
    "$python" -c 'import torch' 2>/dev/null || {
        echo "${0##*/}: no python3 with torch here; on Debian: apt-get install python3-torch libopenblas0-openmp" >&2
        exit 1
    }
    [ "$threads" -gt 0 ] || threads=$("$bin/charnn-info" --machine | sed -n 's/^cores.*: //p')
    name_torch
}

# Prints the version of PyTorch and whether its LSTM is fused.  Versions before 2.0 run an LSTM as
# separate products and are several times slower, so a ratio to one of them proves little.
name_torch() {
    "$python" -c 'import torch
fused = hasattr(torch, "mkldnn_rnn_layer") and torch.backends.mkldnn.is_available()
print("PyTorch", torch.__version__ + ",", "fused LSTM (oneDNN)" if fused else "no fused LSTM")
if int(torch.__version__.split(".")[0]) < 2:
    print("warning: before 2.0 PyTorch was several times slower; compare with a current one")'
}

# versus-torch.sh and versus-torch-sample.sh include this file only for its functions.
if [ -z "${CHARNN_BENCH_LIB:-}" ]; then
    [ $# -gt 0 ] || set -- W1 W2 W3 W4 W5 W6 W7 W8 W9 sample
    check_setup
    bench "$@"
fi
