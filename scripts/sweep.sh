#!/bin/sh
# sweep.sh - trains one model for every combination of a grid of settings.
#
# The folder holds the whole state: the files of a run are named after its combination, and
# its log tells whether it is finished.  JOBS workers each go through the list of runs; a
# worker claims a run by making a folder of its name inside the lock, and skips runs that
# others have claimed.
set -u
LC_ALL=C
export LC_ALL

say() { printf 'charnn sweep: %s\n' "$*" >&2; }

# die STATUS MESSAGE: prints the message on one line, whatever it quotes
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
options of charnn train without their hyphens.  All that follows is given to each
charnn train as it is.

  -j JOBS  number of runs at a time, which share the cores [1]
  -o DIR   where the runs are kept, each named by its combination [sweep]
  -n       only list the runs and what would be done with each
  -h, --help, --version

Repeat the command to continue: finished runs are skipped, interrupted ones resumed, failed
ones tried again (NAME.err says why).  More values may be added.  Ctrl-C saves and stops.

example:
  charnn sweep -j 2 -o cells cell=lstm,gru,rnn size=64,128 seed=1,2,3 --epochs 5 corpus.txt
  charnn table cells
END
}

# ------------------------------------------------------------------- the grid

# Options that the sweep sets itself, or that a resumed run would forget.
check_option() {
    case $1 in
    - | -- | -o* | --output* | --resume* | --overwrite* | --stop-at*)
        die 2 "$1 has no place in a sweep" ;;
    esac
}

# If the length is given, --time would end a run early, and a resumed run would not know it.
check_length() {
    case " $* " in
    *' --time'*) ;;
    *) return ;;
    esac
    case " $names $* " in
    *' --steps'* | *' --epochs'* | *' --work'* | *' steps '* | *' epochs '* | *' work '*)
        die 2 "--time has no place beside --steps, --epochs or --work in a sweep" ;;
    esac
}

# A value becomes part of file names, and of words that the shell splits.
check_values() {
    case ,$2, in
    *,,*) die 2 "$1: a value is missing" ;;
    *[!A-Za-z0-9._:+,-]*)
        die 2 "$1: a value in the grid is made of letters, digits and . _ : + - only" ;;
    esac
    [ -z "$(echo "$2" | tr , '\n' | sort | uniq -d)" ] || die 2 "$1: a value is there twice"
}

# add_setting NAME=VALUES: replaces every run so far by one run for each value
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

# The settings that all runs in a folder share: the names in the grid, the words after it,
# and the checksums of those words that are files.
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

# Two sweeps in one folder would overwrite each other's runs.  A killed sweep leaves its
# lock, and perhaps workers that continue: the lock is valid while any of these processes
# lives.
holders() {
    while read -r pid; do
        ! kill -0 "$pid" 2>/dev/null || echo "$pid"
    done <"$lock/pids"
}

take_lock() {
    if ! mkdir "$lock" 2>/dev/null; then
        [ ! -f "$lock/pids" ] || [ -z "$(holders)" ] ||
            die 1 "$dir is in use by process" "$(holders)" "(if that is no sweep, delete $lock)"
        rm -rf "$lock"
        mkdir "$lock" || die 1 "cannot write in $dir"
    fi
    trap 'rm -rf "$lock"' EXIT
    echo $$ >"$lock/pids"
}

# finished RUN: also true if --patience or --time ended the run early
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

# start RUN OPTIONS: starts the run in the background and sets $child.  Replaces the files
# of a run that cannot be resumed.
start() {
    run=$1
    shift
    if [ -f "$dir/$run.last.bin" ]; then
        set -- --resume "$dir/$run.last.bin"
    else
        # shellcheck disable=SC2046
        set -- "$@" $(echo "--$run" | sed 's/,/ --/g') --overwrite -o "$dir/$run.bin"
    fi
    "$train" --threads "$threads" --quiet "$@" </dev/null >/dev/null 2>"$dir/$run.err" &
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

# An empty NAME.err marks a planned run, so it is removed for a finished run.
report() {
    case $status in
    0) finished "$run" || status='0, but its log has no end' ;;
    129 | 130 | 143) say "$1 $run: interrupted" && return ;;
    esac
    if [ "$status" = 0 ]; then
        [ -s "$dir/$run.err" ] || rm -f "$dir/$run.err"
        say "$1 $run: done$(tail -n 1 "$dir/$run.jsonl" |
            sed -n 's/.*"best_loss":\([0-9]*\.[0-9]\{0,4\}\).*/, loss \1/p')"
    else
        echo "$run" >>"$lock/failed"
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
        mkdir "$lock/$run" 2>/dev/null || continue
        ! finished "$run" || continue
        start "$run" "$@"
        await
        report "$number/$total"
    done
}

# ------------------------------------------------------------------ the sweep

# On a terminal, Ctrl-C also reaches the runs; charnn counts signals that come together as
# one.
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
        echo "$!" >>"$lock/pids"
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

sweep() {
    mkdir -p "$dir" || die 1 "cannot make the folder $dir"
    take_lock
    check_settings "$@"
    settings "$@" >"$dir/sweep.txt" || die 1 "cannot write $dir/sweep.txt"
    before=$(count)
    [ "$before" -eq 0 ] || say "$before of $total runs are finished already"
    for run in $runs; do
        finished "$run" || : >>"$dir/$run.err"
    done
    : >"$lock/failed"
    run_all "$@"
    done=$(count)
    failed=$(wc -l <"$lock/failed" | tr -d ' ')
    say "$done of $total runs finished, $failed failed, in $dir"
    [ -z "$interrupted" ] || exit "$interrupted"
    [ "$done" -eq "$total" ]
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
--[!-]*) die 2 "unknown option $1: before the grid come -j JOBS, -o DIR and -n only" ;;
esac
jobs=1 dir=sweep action=sweep
while getopts :j:o:n option; do
    case $option in
    j) jobs=$OPTARG ;;
    o) dir=$OPTARG ;;
    n) action=list ;;
    :) die 2 "-$OPTARG needs a value" ;;
    *) die 2 "unknown option -$OPTARG: before the grid come -j JOBS, -o DIR and -n only" ;;
    esac
done
shift $((OPTIND - 1))
case $jobs in *[!0-9]* | '' | ?????*) jobs=0 ;; esac
[ "$jobs" -ge 1 ] || die 2 "-j takes a number of jobs, at least 1"
case $dir in '') die 2 "-o needs the name of a folder" ;; -*) dir=./$dir ;; esac
lock=$dir/sweep.lock

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
