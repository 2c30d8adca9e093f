#!/bin/sh
# sweep.sh - trains one model for every combination of a grid of settings.
#
# The folder of a sweep has its whole state: the files of a run are named after its combination, and
# its log says whether it is finished.  JOBS workers each go through the list of runs.  Several sweeps, also
# on several machines, may work in one folder at once: a run locks its log, so a second `charnn train`
# of the same name is refused, and the worker takes the next run.
set -u
LC_ALL=C
export LC_ALL

say() { printf 'charnn sweep: %s\n' "$*" >&2; }

# die STATUS MESSAGE: prints the message on one line, with spaces for newlines, and exits
die() {
    status=$1
    shift
    say "$(printf '%s' "$*" | tr '\n' ' ')"
    exit "$status"
}

usage() {
    cat <<'END'
usage: charnn sweep [-j JOBS] [-o DIR] [-n] NAME=VALUE,VALUE ... [--] [OPTION ...] CORPUS

Trains a model for every combination of the settings NAME=VALUE,VALUE ..., which are
options of charnn train without their hyphens.  All further arguments are passed to each
charnn train unchanged.

  -j JOBS  number of runs at a time, which share the cores [1]
  -o DIR   where the runs are kept, each named by its combination [sweep]
  -n       only list the runs and what would be done with each
  -h, --help, --version

Repeat the command to continue: finished runs are skipped, interrupted ones resumed, failed
ones tried again (NAME.err says why).  More values may be added.  Ctrl-C saves and stops.
The same sweep may be started several times, also on machines that share the folder: they
divide the runs among them.

example:
  charnn sweep -j 2 -o cells cell=lstm,gru,rnn size=64,128 seed=1,2,3 --epochs 5 corpus.txt
  charnn table cells
END
}

# ------------------------------------------------------------------- the grid

# Refuses options that the sweep sets itself, or that a resumed run would forget.
check_option() {
    case $1 in
    - | -- | -o* | --output* | --resume* | --overwrite* | --stop-at*)
        die 2 "$1 cannot be used in a sweep" ;;
    esac
}

# Refuses --time beside another length: then it is only a time limit, which a resumed run would
# forget.
check_length() {
    case " $* " in
    *' --time'*) ;;
    *) return ;;
    esac
    case " $names $* " in
    *' --steps'* | *' --epochs'* | *' --work'* | *' steps '* | *' epochs '* | *' work '*)
        die 2 "--time cannot be used with --steps, --epochs or --work in a sweep" ;;
    esac
}

# Refuses values that are not safe in file names and in words that the shell splits.
check_values() {
    case ,$2, in
    *,,*) die 2 "$1: a value is missing" ;;
    *[!A-Za-z0-9._:+,-]*)
        die 2 "$1: a value in the grid is made of letters, digits and . _ : + - only" ;;
    esac
    [ -z "$(echo "$2" | tr , '\n' | sort | uniq -d)" ] || die 2 "$1: a value is given twice"
}

# add_setting NAME=VALUES: replaces every run so far by one for each value
add_setting() {
    name=${1%%=*} values=${1#*=}
    case $name in
    '' | *[!a-z-]*) die 2 "'$name' cannot be the name of an option: give NAME=VALUE,VALUE" ;;
    esac
    case " $names " in *" $name "*) die 2 "$name is in the grid twice" ;; esac
    check_option "--$name"
    check_values "$name" "$values"
    names="$names $name"
    runs=$(for run in ${runs:-first}; do
        echo "$values" | tr , '\n' | sed "s/^/$run,$name=/; s/^first,//"
    done)
}

# ---------------------------------------------------------------- the folder

# Prints what all runs in a folder have in common: the names in the grid, the words after it, and the
# checksums of those words that are files.
settings() {
    echo "grid$names"
    for word; do
        printf 'word %s\n' "$word"
        [ ! -f "$word" ] || echo "file $(cksum <"$word")"
    done
}

check_settings() {
    [ -f "$dir/sweep.txt" ] || return 0
    difference=$(settings "$@" | diff "$dir/sweep.txt" - | grep '^[<>]')
    [ -z "$difference" ] ||
        die 2 "$dir holds a sweep with other settings (< its sweep.txt, > now):" \
            "$difference; choose another folder with -o"
}

# Makes a folder for notes about this sweep: the runs that its workers have taken, and what became of
# them.  Removes the notes of sweeps that were killed on this machine.
make_notes() {
    notes=$dir/.sweep.$(uname -n).$$
    for old in "${notes%.*}".*; do
        kill -0 "${old##*.}" 2>/dev/null || rm -rf "$old"
    done
    mkdir "$notes" || die 1 "cannot write in $dir"
    trap 'rm -rf "$notes"' EXIT
}

# finished RUN: whether the run has ended, perhaps early because of --patience or --time
finished() {
    tail -n 1 "$dir/$1.jsonl" 2>/dev/null |
        grep -q -e '^{"event":"end".*"status":"done"' -e '^{"event":"end".*"status":"stopped"'
}

list() {
    for run in $runs; do
        if finished "$run"; then
            what=finished
        elif [ -f "$dir/$run.last.bin" ]; then
            what=resume
        else
            what=begin
        fi
        printf '%-8s  %s\n' "$what" "$run"
    done
}

# ------------------------------------------------------------------- workers

# start RUN OPTIONS: starts or continues the run in the background and sets $child.
start() {
    run=$1
    shift
    # shellcheck disable=SC2046
    set -- "$@" $(echo "--$run" | sed 's/,/ --/g') --resume-if-there -o "$dir/$run.bin"
    "$train" --threads "$threads" --quiet "$@" </dev/null >/dev/null 2>"$notes/$run/err" &
    child=$!
}

# Waits for $child and sets $status.  A signal interrupts `wait` while the child still runs.
await() {
    [ -z "$stopped" ] || kill -TERM "$child" 2>/dev/null
    wait "$child"
    status=$?
    while kill -0 "$child" 2>/dev/null; do
        wait "$child"
        status=$?
    done
    child=
}

# Whether another sweep works on the run, or has finished it since this worker looked.
is_taken() {
    [ "$status" -ne 0 ] && { finished "$run" ||
        grep -q -e 'is writing it' -e 'was replaced while it was read' "$notes/$run/err"; }
}

# Reports how a run ended.  An empty NAME.err means that a run is planned, so a finished run has none.
report() {
    ! is_taken || { : >"$notes/$run/taken"; return; }
    mv "$notes/$run/err" "$dir/$run.err"
    case $status in
    0) finished "$run" || status='0, but its log has no end' ;;
    129 | 130 | 143) say "$1 $run: interrupted" && return ;;
    esac
    if [ "$status" = 0 ]; then
        [ -s "$dir/$run.err" ] || rm -f "$dir/$run.err"
        say "$1 $run: done$(tail -n 1 "$dir/$run.jsonl" |
            sed -n 's/.*"best_loss":\([0-9]*\.[0-9]\{0,4\}\).*/, loss \1/p')"
    else
        : >"$notes/$run/failed"
        say "$1 $run: failed: $(tail -n 1 "$dir/$run.err" | grep . || echo "exit status $status")"
    fi
}

# Gets TERM only from the sweep, and passes it on to the child.
worker() {
    child='' stopped=''
    trap '' HUP INT
    trap 'stopped=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
    number=0
    for run in $runs; do
        number=$((number + 1))
        [ -z "$stopped" ] || break
        mkdir "$notes/$run" 2>/dev/null || continue
        ! finished "$run" || continue
        start "$run" "$@"
        await
        report "$number/$total"
    done
}

# ------------------------------------------------------------------ the sweep

# On a terminal, Ctrl-C is sent to the runs too; charnn counts signals that come together as one.
interrupt() {
    interrupted=$1
    # shellcheck disable=SC2086
    [ -z "$workers" ] || kill -TERM $workers 2>/dev/null
}

run_all() {
    interrupted='' workers=''
    trap 'interrupt 129' HUP
    trap 'interrupt 130' INT
    trap 'interrupt 143' TERM
    while [ "$jobs" -gt 0 ]; do
        worker "$@" &
        workers="$workers $!"
        jobs=$((jobs - 1))
    done
    [ -z "$interrupted" ] || interrupt "$interrupted"
    for worker in $workers; do
        while kill -0 "$worker" 2>/dev/null; do
            wait "$worker"
        done
    done
}

count() {
    for run in $runs; do
        ! finished "$run" || echo "$run"
    done | wc -l | tr -d ' '
}

# noted WHAT: how many runs of this sweep have this note
noted() {
    find "$notes" -name "$1" | wc -l | tr -d ' '
}

sweep() {
    mkdir -p "$dir" || die 1 "cannot make the folder $dir"
    make_notes
    check_settings "$@"
    { settings "$@" >"$notes/sweep.txt" && mv "$notes/sweep.txt" "$dir"; } ||
        die 1 "cannot write $dir/sweep.txt"
    before=$(count)
    [ "$before" -eq 0 ] || say "$before of $total runs are finished already"
    for run in $runs; do
        finished "$run" || : >>"$dir/$run.err"
    done
    run_all "$@"
    done=$(count)
    failed=$(noted failed)
    taken=$(noted taken)
    [ "$taken" -eq 0 ] || taken="$taken taken by another sweep, "
    say "$done of $total runs finished, $failed failed, ${taken#0}in $dir"
    [ -z "$interrupted" ] || exit "$interrupted"
    [ "$failed" -eq 0 ]
}

# ----------------------------------------------------------------------- main

# The commands are in the same folder.  From the source tree, scripts/sweep.sh uses those of the build.
train=$(dirname "$0")/charnn-train
[ -x "$train" ] || train=$(dirname "$0")/../build/release/bin/charnn-train
case ${1:-} in
'' | -h | --help)
    usage
    exit 0
    ;;
--version)
    "$train" --version | sed 's/train/sweep/'
    exit
    ;;
--[!-]*) die 2 "unknown option $1: only -j JOBS, -o DIR and -n may come before the grid" ;;
esac
jobs=1 dir=sweep action=sweep
while getopts :j:o:n option; do
    case $option in
    j) jobs=$OPTARG ;;
    o) dir=$OPTARG ;;
    n) action=list ;;
    :) die 2 "-$OPTARG needs a value" ;;
    *) die 2 "unknown option -$OPTARG: only -j JOBS, -o DIR and -n may come before the grid" ;;
    esac
done
shift $((OPTIND - 1))
case $jobs in *[!0-9]* | '' | ?????*) jobs=0 ;; esac
[ "$jobs" -ge 1 ] || die 2 "-j takes a number of jobs, at least 1"
case $dir in '') die 2 "-o needs the name of a folder" ;; -*) dir=./$dir ;; esac

names='' runs=''
while [ $# -gt 0 ]; do
    case $1 in
    -*) break ;;
    *=*) case ${1%%=*} in */*) break ;; esac ;;
    *) break ;;
    esac
    add_setting "$1"
    shift
done
[ "${1:-}" != -- ] || shift
[ -n "$runs" ] || die 2 "there is no grid: give NAME=VALUE,VALUE ... first, as in size=64,128"

corpus=
for word; do
    check_option "$word"
    [ ! -f "$word" ] || corpus=$word
done
check_length "$@"
[ -n "$corpus" ] || die 2 "there is no corpus: none of the words after the grid is a file"

[ -x "$train" ] || die 1 "there is no $train yet: make builds it"
total=$(echo "$runs" | wc -l | tr -d ' ')
[ "$jobs" -le "$total" ] || jobs=$total
threads=0  # all cores
[ "$jobs" -eq 1 ] || threads=$(($(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) / jobs))
[ "$jobs" -eq 1 ] || [ "$threads" -ge 1 ] || threads=1
if [ "$action" = list ]; then
    check_settings "$@"
    list
else
    sweep "$@"
fi
