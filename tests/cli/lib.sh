# shellcheck shell=sh
# lib.sh - functions for all command-line tests.  `ok NAME CHECK ...` runs a check and
# prints one line of TAP; a check is a command, or one of the expect_ functions here, which
# can be nested:
#
#     ok "an unknown option is refused" expect_error 2 'did you mean --size' charnn train --sise 3
#
# The output of the last command is in $OUT and $ERR.  Shell variables are not local, so the
# names here begin with _.

_count=0
_failures=0
OUT=$TEST_LOG/out
ERR=$TEST_LOG/err

pass() {
    _count=$((_count + 1))
    echo "ok $_count - $TEST_NAME: $1"
}

fail() {
    _count=$((_count + 1))
    _failures=$((_failures + 1))
    echo "not ok $_count - $TEST_NAME: $1"
}

skip() {
    pass "$1 # SKIP $2"
}

ok() {
    _name=$1
    shift
    if "$@" >"$TEST_LOG/said" 2>&1; then
        pass "$_name"
    else
        fail "$_name"
        { echo "$*"; head -n 20 "$TEST_LOG/said"; } | sed 's/^/#     /'
    fi
}

finish() {
    echo "1..$_count"
    [ "$_failures" -eq 0 ]
    exit
}

# ------------------------------------------------------------------ checks

# Runs a command with its output in $OUT and $ERR and its exit status in $_status.
capture() {
    "$@" >"$OUT" 2>"$ERR"
    _status=$?
}

_explain() {
    echo "$1; status $_status; stdout, stderr:"
    head -n 5 "$OUT" | cut -c 1-300
    head -n 8 "$ERR" | cut -c 1-300
    return 1
}

expect_status() {
    _want=$1
    shift
    capture "$@"
    [ "$_status" -eq "$_want" ] || _explain "expected status $_want"
}

# expect_stdout PATTERN COMMAND ...: checks that the status of the command is 0, and that a line of
# stdout matches the extended regular expression; expect_stderr does the same for stderr.
expect_stdout() {
    _pattern=$1
    shift
    capture "$@"
    { [ "$_status" -eq 0 ] && grep -Eq -e "$_pattern" "$OUT"; } ||
        _explain "expected on stdout: $_pattern"
}

expect_stderr() {
    _pattern=$1
    shift
    capture "$@"
    { [ "$_status" -eq 0 ] && grep -Eq -e "$_pattern" "$ERR"; } ||
        _explain "expected on stderr: $_pattern"
}

# expect_error STATUS PATTERN COMMAND ...: checks that the command ends with this status, prints
# nothing on stdout, and prints one line on stderr, which matches.
expect_error() {
    _want=$1 _pattern=$2
    shift 2
    capture "$@"
    [ "$_status" -eq "$_want" ] || _explain "expected status $_want" || return 1
    [ ! -s "$OUT" ] || _explain "expected nothing on stdout" || return 1
    [ "$(wc -l <"$ERR")" -eq 1 ] || _explain "expected one line on stderr" || return 1
    grep -Eq -e "$_pattern" "$ERR" || _explain "expected on stderr: $_pattern"
}

expect_silence() {
    capture "$@"
    { [ "$_status" -eq 0 ] && [ ! -s "$OUT" ] && [ ! -s "$ERR" ]; } ||
        _explain "expected success and silence"
}

# Checks that the command does not crash: it must end with status 0, 1 or 2.
expect_no_crash() {
    capture "$@"
    [ "$_status" -le 2 ] || _explain "expected no crash"
}

# leaves_nothing CHECK ...: checks that CHECK passes, and adds, removes and changes no file.
leaves_nothing() {
    snapshot >"$TEST_LOG/before"
    "$@" || return 1
    snapshot >"$TEST_LOG/after"
    diff "$TEST_LOG/before" "$TEST_LOG/after"
}

# Prints a line for each file below the current folder: checksum, size, name.
snapshot() {
    find . -type f -exec cksum {} + | sort
}

holds_only() {
    printf '%s\n' "$@" | sort >"$TEST_LOG/expected"
    # shellcheck disable=SC2012
    ls -A | sort | diff "$TEST_LOG/expected" -
}

# Checks that the files exist and are not empty.
are_there() {
    for _file in "$@"; do
        [ -s "$_file" ] || { echo "missing or empty: $_file"; return 1; }
    done
}

differ() {
    ! cmp -s "$1" "$2"
}

# is A OPERATOR B: compares numbers or formulas, with an operator of awk: is 0.003 '<' 0.01
is() {
    awk "BEGIN { exit !(($1) $2 ($3)) }" || { echo "not so: $1 $2 $3"; return 1; }
}

# ---------------------------------------------------------------- commands

# Prints the commands that `charnn help` names, one per line.
command_names() {
    charnn help | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z0-9-]*\)  *.*/\1/p'
}

# ------------------------------------------------------------------- files

size_of() {
    wc -c <"$1" | tr -d ' '
}

# make_corpus FILE: writes a text of about 12 KB with about 40 symbols.
make_corpus() {
    awk 'BEGIN {
        for (i = 1; i <= 300; i++)
            printf "Line %d: the quick brown fox jumps over %d lazy dogs.\n", i, i * i % 97
    }' >"$1"
}

# Trains a network so small that its steps take almost no time.
train_tiny() {
    charnn train --size 12 --layers 1 --batch-size 4 --seq-length 8 --seed 1 --threads 1 \
        --quiet "$@"
}

# byte_at prints the value of a byte, set_byte sets it, flip flips a bit of it.
byte_at() {
    od -A n -t u1 -j "$2" -N 1 "$1" | tr -d ' '
}

set_byte() {
    printf '%b' "\\0$(printf %o "$3")" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

flip() {
    set_byte "$1" "$2" $(($(byte_at "$1" "$2") ^ ${3:-1}))
}

# Prints the tensors of a checkpoint without the header, whose metadata has times and commands.  The
# length is below 2^24, so three of its eight bytes are enough.
tensors() {
    _length=$(($(byte_at "$1" 0) + 256 * $(byte_at "$1" 1) + 65536 * $(byte_at "$1" 2)))
    tail -c "+$((_length + 9))" "$1"
}

same_tensors() {
    tensors "$1" >"$TEST_LOG/first" && tensors "$2" >"$TEST_LOG/second" &&
        [ -s "$TEST_LOG/first" ] && cmp "$TEST_LOG/first" "$TEST_LOG/second"
}

other_tensors() {
    ! same_tensors "$@" >/dev/null
}

# number KEY FILE: prints the number after "KEY": in the last line of the file that has it.
number() {
    sed -n 's/.*"'"$1"'": *\([-+0-9.eE]*\).*/\1/p' "$2" | tail -n 1
}

# --------------------------------------------------------------- processes

# Waits for a condition, at most half a minute.
wait_until() {
    _tries=300
    until "$@" >/dev/null 2>&1; do
        _tries=$((_tries - 1))
        [ "$_tries" -gt 0 ] || { echo "never: $*"; return 1; }
        sleep 0.1 2>/dev/null || sleep 1
    done
}

# Waits for a background command and compares its exit status.
expect_end() {
    wait "$2" 2>/dev/null
    _status=$?
    [ "$_status" -eq "$1" ] || { echo "status $_status, expected $1"; return 1; }
}
