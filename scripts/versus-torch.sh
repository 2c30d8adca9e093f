#!/bin/sh
# versus-torch.sh - compares the training speed of charnn and PyTorch on the workloads of
# bench.sh.
#
#     scripts/versus-torch.sh [WORKLOAD ...]     W1 ... W9
#
# Needs a python3 with torch (Debian: python3-torch libopenblas0-openmp).  Both take turns
# ROUNDS (default 5) times, for BENCH_SECONDS (default 3) each; speeds and ratios are
# medians over the rounds.  PyTorch runs with settings that make it fast: OpenMP OpenBLAS, a
# malloc that does not trim, flushed denormals.  With many symbols (W8) PyTorch uses an
# embedding, and charnn gathers columns for a one-hot input.
set -eu
cd "$(dirname "$0")/.."
CHARNN_BENCH_LIB=1
export CHARNN_BENCH_LIB
# shellcheck source=scripts/bench.sh
. scripts/bench.sh
check_setup
check_torch

torch() {
    # shellcheck disable=SC2046
    set -- $(shape "$1")
    OMP_NUM_THREADS=$threads LD_LIBRARY_PATH=/usr/lib/$(uname -m)-linux-gnu/openblas-openmp \
        GLIBC_TUNABLES=glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592 \
        "$python" scripts/torch_train.py "$@" "$threads" "$seconds"
}

[ $# -gt 0 ] || set -- W1 W2 W3 W4 W5 W6 W7 W8 W9
for workload; do
    shape "$workload" >/dev/null
    : >"$tmp/pairs"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        echo "$(train "$workload") $(torch "$workload")" >>"$tmp/pairs"
        round=$((round + 1))
    done
    awk '{ print $1 }' "$tmp/pairs" | middle >"$tmp/ours"
    awk '{ print $3 }' "$tmp/pairs" | middle >"$tmp/theirs"
    awk '{ print $1 / $3 }' "$tmp/pairs" | middle >"$tmp/ratio"
    memory=$(awk '{ print $2, $4 }' "$tmp/pairs" | tail -n 1)
    echo "$workload $(cat "$tmp/ours" "$tmp/theirs" "$tmp/ratio" | tr '\n' ' ') $memory" | awk '{
        printf "%s  charnn %9.0f chars/s  torch %9.0f  ratio %5.2f   memory %5.0f / %5.0f MiB = 1/%.1f\n",
            $1, $2, $3, $4, $5, $6, $6 / $5 }'
done
