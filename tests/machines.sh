#!/bin/sh
# machines.sh - tests the library on another machine or in another build: all unit tests must pass,
# and a checkpoint made by that build or by build/release must generate the same text (at
# temperature 0) in both.
#
#     tests/machines.sh --list
#     tests/machines.sh --missing NAME
#     [CORES=2] tests/machines.sh NAME [TEST ...]
#
# Other machines are emulated by qemu-user.  Needs build/release/bin; builds in build/NAME, and
# prints `N passed, N failed` at the end.  TEST is the name of a unit test, like `golden`.
# --missing prints the compiler or emulator that is not installed.
set -u
cd "$(dirname "$0")/.." || exit 1
release=build/release/bin

# Prints a table, separated by tabs: NAME, the emulator (- for none), the compiler, variables of
# make.  The i686 build uses the kernel headers of the 64-bit machine.  test_alloc defines malloc,
# which the linker accepts in a static program only with -z muldefs.
table() {
    cat <<'END'
aarch64	qemu-aarch64-static	aarch64-linux-gnu-gcc	LDFLAGS=-static -Wl,-z,muldefs
s390x	qemu-s390x-static	s390x-linux-gnu-gcc	LDFLAGS=-static -Wl,-z,muldefs
i686	qemu-i386-static	gcc-12 -m32 -isystem /usr/include/x86_64-linux-gnu	MACHINE=i686	LDFLAGS=-static -Wl,-z,muldefs
musl	-	musl-gcc	LDFLAGS=-static -Wl,-z,muldefs
clang	-	clang	
small	-	gcc	CFLAGS=-Os
lto	-	gcc	CFLAGS=-flto	AR=gcc-ar
ndebug	-	gcc	CFLAGS=-DNDEBUG
no-avx	-	gcc	NO_AVX=1
END
}

if [ "${1:---list}" = --list ]; then
    table | cut -f 1
    exit
fi
missing=
if [ "$1" = --missing ]; then
    missing=1
    shift
fi
name=$1
shift
build=build/machine-$name
column() {
    table | grep "^$name	" | cut -f "$1"
}
emulator=$(column 2)
compiler=$(column 3)
[ -n "$compiler" ] || { echo "machines.sh: no machine $name" >&2; exit 1; }
for tool in "${compiler%% *}" "$emulator"; do
    [ "$tool" = - ] || command -v "$tool" >/dev/null || { echo "$tool"; exit 77; }
done
[ -z "$missing" ] || exit 0
[ "$emulator" != - ] || emulator=
tmp=$(mktemp -d "${TMPDIR:-/tmp}/charnn-machine.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# ------------------------------------------------------------------- building

# test_give_up needs hours in an emulator: it counts 100 billion multiply-adds, whose number is the
# same everywhere.
[ $# -gt 0 ] || for source in tests/unit/test_*.c; do
    source=${source##*/test_}
    if [ -z "$emulator" ] || [ "$source" != give_up.c ]; then
        set -- "$@" "${source%.c}"
    fi
done
tests=$*
set --
for test in $tests; do
    set -- "$@" "$build/tests/unit/test_$test"
done
column 4- | tr '\t' '\n' >"$tmp/variables"
while read -r variable; do
    [ -z "$variable" ] || set -- "$@" "$variable"
done <"$tmp/variables"
make -s -j"${CORES:-2}" CC="$compiler" BUILD="$build" "$@" "$build/bin/charnn-train" \
    "$build/bin/charnn-sample" || { echo "0 passed, 1 failed"; exit 1; }

# ------------------------------------------------------------------ checkpoints

head -c 3000 data/play.txt >"$tmp/text.txt"
cat >"$tmp/travel.sh" <<END
# Whichever machine trains a model, it writes the same text on both.
count=0
failures=0
charnn() { # where command options
    where=\$1 command=\$2
    shift 2
    case \$where in
    here) $release/charnn-\$command "\$@" ;;
    there) $emulator $build/bin/charnn-\$command "\$@" ;;
    esac
}
text() { # where model
    charnn "\$1" sample -q -t 0 -n 80 --threads 1 "\$2"
}
for made in here there; do
    for options in "--cell rnn --layers 1" "--cell lstm --embed 5 --layers 1" "--cell gru --layers 2 --skip residual"; do
        count=\$((count + 1))
        # shellcheck disable=SC2086
        charnn \$made train -q --overwrite \$options --size 12 --batch-size 2 --seq-length 8 \\
            --steps 20 --valid-every 10 --seed 1 --threads 1 -o $tmp/x.bin $tmp/text.txt &&
            text here $tmp/x.bin >$tmp/here && text there $tmp/x.bin >$tmp/there &&
            [ -s $tmp/here ] && cmp $tmp/here $tmp/there || {
                failures=\$((failures + 1))
                printf 'not '
            }
        echo "ok \$count - a model (\$options) made \$made writes the same text on both"
    done
done
echo "1..\$count"
[ \$failures -eq 0 ]
END

# --------------------------------------------------------------------- running

set -- "$tmp/travel.sh"
for test in $tests; do
    echo "exec $emulator $build/tests/unit/test_$test" >"$tmp/test_$test.sh"
    set -- "$@" "$tmp/test_$test.sh"
done
JOBS=${CORES:-2} sh tests/run.sh "$@"
