#!/bin/sh
# get-data.sh (the test) - runs scripts/get-data.sh without a network and without the real texts.
#
# Run it from the repository root.  The texts are small fakes in a temporary folder; curl and
# sha256sum are replaced by scripts that come first in PATH.  Prints TAP.
set -u
script=$PWD/scripts/get-data.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/charnn-get-data-XXXXXX") || exit 1
trap 'rm -rf -- "$work"' EXIT
mkdir "$work/data" "$work/bin" "$work/out"
unset CHARNN_DATA
count=0
failures=0

ok() {
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $claim"
    else
        echo "not ok $count - $claim"
        sed 's/^/# /' "$work/err"
        failures=$((failures + 1))
    fi
}

# run ARGUMENTS: runs the script in the temporary folder with the replaced tools; sets status, out,
# err.
run() {
    (cd "$work" && PATH=$work/bin:$PATH sh "$script" "$@") >"$work/stdout" 2>"$work/err"
    status=$?
}

# tool NAME: makes a replacement of a tool; its script is read from standard input.
tool() {
    { echo '#!/bin/sh'; cat; } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

status_is() { [ "$status" -eq "$1" ]; }
says() { grep -q -- "$1" "$work/err"; }
one_line() { [ "$(wc -l <"$work/err")" -eq 1 ]; }
nothing_left() { [ -z "$(ls -A "$work/out")" ]; }
same() { cmp -s -- "$1" "$2"; }

run
claim='without arguments the names are listed'
ok status_is 0
for name in tinyshakespeare linux warpeace korean-reviews c-headers c-source; do
    claim="the list has $name"
    ok grep -q "^  $name" "$work/stdout"
done

run nonsense out
claim='an unknown name is wrong usage'
ok status_is 2
claim='an unknown name is named'
ok says "'nonsense'"
run tinyshakespeare out more
claim='too many arguments are wrong usage'
ok status_is 2
run c-source
claim='c-source without a tree is wrong usage'
ok status_is 2

# Downloads.
echo 'To be or not to be' >"$work/data/tinyshakespeare.txt"
printf 'id\tdocument\tlabel\n1\tgood film\t1\n2\t\t0\n3\tbad film\t0\n' >"$work/table"
tool sha256sum <<'END'
echo "0000000000000000000000000000000000000000000000000000000000000000  $1"
END
tool curl <<'END'
exit 6
END
run tinyshakespeare out
claim='a failed download is an error'
ok status_is 1
claim='a failed download says what to do, in one line'
ok says 'CHARNN_DATA'
claim='a failed download has one line of error'
ok one_line
claim='a failed download leaves nothing'
ok nothing_left

tool curl <<END
while [ \$# -gt 1 ]; do
    [ "\$1" = -o ] && cp '$work/table' "\$2"
    shift
done
END
run korean-reviews out
claim='the reviews are the second column'
printf 'good film\nbad film\n' >"$work/want"
ok same "$work/want" "$work/out/korean-reviews.txt"
rm -f "$work/out/korean-reviews.txt"
run tinyshakespeare out
claim='a download with the wrong content is an error'
ok status_is 1
claim='a wrong content is said to be'
ok says 'not the expected text'
claim='a wrong content leaves nothing'
ok nothing_left

# $CHARNN_DATA has priority; the replaced checksum tool accepts every text.
CHARNN_DATA=$work/data
export CHARNN_DATA
run tinyshakespeare out
claim='a wrong text in the data folder is an error'
ok status_is 1
claim='a wrong text in the data folder leaves nothing'
ok nothing_left
tool sha256sum <<'END'
echo "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed  $1"
END
run tinyshakespeare out
claim='a right text in the data folder is copied'
ok same "$work/data/tinyshakespeare.txt" "$work/out/tinyshakespeare.txt"
claim='it is said where it came from'
ok says "from $work/data/tinyshakespeare.txt"
claim='nothing is on standard output'
ok test ! -s "$work/stdout"
run tinyshakespeare
claim='the folder is the current one unless given'
ok same "$work/data/tinyshakespeare.txt" "$work/tinyshakespeare.txt"
run tinyshakespeare out/new/folder
claim='a missing folder is made'
ok test -f "$work/out/new/folder/tinyshakespeare.txt"
rm -rf "$work/out/new" "$work/out/tinyshakespeare.txt"
echo 'int x;' >"$work/data/linux-kernel.txt"
run linux out
claim='the checksum of one text does not pass for another'
ok status_is 1
claim='the checksum of another text leaves nothing'
ok nothing_left
tool sha256sum <<'END'
echo "a73f3b7cd3bd3c94b7232db1bc661e357e66e9da1d3dac74358b6082fe63e333  $1"
END
run linux out
claim='linux is linux-kernel.txt there'
ok same "$work/data/linux-kernel.txt" "$work/out/linux.txt"
run korean-reviews out
claim='what the data folder lacks is downloaded'
ok same "$work/want" "$work/out/korean-reviews.txt"
rm -f "$work/out/"*

# c-source copies every byte of the C files of a folder that are UTF-8, in the same order each
# time.
cp -R src "$work/tree"
command -v iconv >/dev/null 2>&1 && printf 'caf\351\n' >"$work/tree/latin1.c"
run c-source tree out
claim='c-source takes every C file that is UTF-8'
find "$work/tree" -type f -name '*.[ch]' ! -name latin1.c -exec cat {} + |
    wc -c >"$work/want"
wc -c <"$work/out/c-source.txt" >"$work/got"
ok same "$work/want" "$work/got"
mv "$work/out/c-source.txt" "$work/first"
run c-source "$work/tree/" out
claim='c-source makes the same text again'
ok same "$work/first" "$work/out/c-source.txt"
rm -f "$work/out/"*
mkdir "$work/empty"
run c-source empty out
claim='a tree without C files is an error'
ok status_is 1
claim='a tree without C files leaves nothing'
ok nothing_left
run c-source nowhere out
claim='a tree that is not there is an error'
ok says 'nowhere is not a folder'

# Without tools: PATH has only what the script needs.
mkdir "$work/few"
for name in sh cat rm cp mv mkdir wc; do
    ln -s "$(command -v "$name")" "$work/few/$name"
done
unset CHARNN_DATA
(cd "$work" && PATH=$work/few sh "$script" linux out) 2>"$work/err"
status=$?
claim='without curl and wget there is an error that says what to do'
ok status_is 1
claim='the error without curl and wget names them'
ok says 'neither curl nor wget'
claim='the error without curl and wget is one line'
ok one_line
(cd "$work" && CHARNN_DATA=data PATH=$work/few sh "$script" linux out) 2>"$work/err"
claim='without a checksum tool the text is copied and the lack is said'
ok says 'not checked'
claim='without a checksum tool the text is the one in the data folder'
ok same "$work/data/linux-kernel.txt" "$work/out/linux.txt"

echo "1..$count"
[ "$failures" -eq 0 ]
