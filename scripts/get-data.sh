#!/bin/sh
# get-data.sh - downloads or builds corpora, such as those of the results in README.md.
#
# If the folder $CHARNN_DATA has the corpus, it is copied from there; otherwise it is
# downloaded, or built from files of this system.  DIR/NAME.txt appears only when it is
# complete.  The sha256 is checked for texts that never change.
set -u
LC_ALL=C
export LC_ALL

SHAKESPEARE_SHA256=86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed
KERNEL_SHA256=a73f3b7cd3bd3c94b7232db1bc661e357e66e9da1d3dac74358b6082fe63e333
REVIEWS_SHA256=1d1d02702b203006740dea2d10ab7b72548ffe70871b10f614e157bd5af81d4f
HEADER_BYTES=6000000  # enough to learn from; about the size of the linux corpus

GITHUB=https://raw.githubusercontent.com
SHAKESPEARE_URL=$GITHUB/karpathy/char-rnn/master/data/tinyshakespeare/input.txt
REVIEWS_URL=$GITHUB/e9t/nsmc/master/ratings.txt
LINUX_URL=https://cs.stanford.edu/people/karpathy/char-rnn/linux_input.txt
WARPEACE_URL=https://cs.stanford.edu/people/karpathy/char-rnn/warpeace_input.txt

say() { printf 'get-data.sh: %s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

usage() {
    cat <<'END'
usage: get-data.sh NAME [DIR]           writes DIR/NAME.txt (DIR is . unless given)
       get-data.sh c-source TREE [DIR]  the same from the C files of a source tree

  tinyshakespeare  40,000 lines of Shakespeare, 1.1 MB
  linux            source of the Linux kernel, 6.2 MB
  warpeace         Tolstoy, War and Peace, in English, 3.3 MB
  korean-reviews   Korean film reviews, one a line (Naver sentiment movie corpus)
  c-headers        the C headers in /usr/include, up to 6 MB in shuffled order
  c-source TREE    all .c and .h files under TREE, in shuffled order

A file in the folder $CHARNN_DATA is copied instead of downloaded: tinyshakespeare.txt,
linux-kernel.txt, korean-reviews.txt, warpeace.txt.
END
}

# sha256_is FILE WANTED: fails if the sums differ; only prints a message if there is no tool
# to check.
sha256_is() {
    if command -v sha256sum >/dev/null 2>&1; then
        sum=$(sha256sum "$1")
    elif command -v shasum >/dev/null 2>&1; then
        sum=$(shasum -a 256 "$1")
    else
        say "neither sha256sum nor shasum is here: the content is not checked"
        return 0
    fi
    [ "${sum%% *}" = "$2" ]
}

# check FILE SHA256 FROM: ends the script if FILE, which came from FROM, has another sum
check() {
    sha256_is "$1" "$2" || die "$3 is not the expected text: its sha256 is not $2"
}

# from_folder FILE: copies FILE from $CHARNN_DATA; fails if it is not there.
from_folder() {
    [ -n "${CHARNN_DATA:-}" ] && [ -f "$CHARNN_DATA/$1" ] || return 1
    from=$CHARNN_DATA/$1
    cat -- "$from" >"$tmp" || die "cannot copy $from"
}

# download URL FILE: writes $tmp; FILE is the name that the text would have in $CHARNN_DATA.
download() {
    from=$1
    if command -v curl >/dev/null 2>&1; then
        curl -fsSL --retry 2 -o "$tmp" "$1" 2>/dev/null
    elif command -v wget >/dev/null 2>&1; then
        wget -q -O "$tmp" "$1" 2>/dev/null
    else
        die "neither curl nor wget is here: fetch $1 another way" \
            "and put it as $2 into a folder named by CHARNN_DATA"
    fi || die "cannot download $1: is there a network? If not, fetch it elsewhere" \
        "and put it as $2 into a folder named by CHARNN_DATA"
}

get_tinyshakespeare() {
    from_folder tinyshakespeare.txt || download "$SHAKESPEARE_URL" tinyshakespeare.txt
    check "$tmp" "$SHAKESPEARE_SHA256" "$from"
}

# The file in $CHARNN_DATA and the download are different texts of the same kind and size, so
# losses on one cannot be compared with losses on the other.
get_linux() {
    if from_folder linux-kernel.txt; then
        check "$tmp" "$KERNEL_SHA256" "$from"
    else
        download "$LINUX_URL" linux-kernel.txt
    fi
}

get_warpeace() {
    from_folder warpeace.txt || download "$WARPEACE_URL" warpeace.txt
}

# The public file is a table (id, document, label) with a heading; $CHARNN_DATA has a
# selection of its documents.
get_korean_reviews() {
    if from_folder korean-reviews.txt; then
        check "$tmp" "$REVIEWS_SHA256" "$from"
        return
    fi
    download "$REVIEWS_URL" korean-reviews.txt
    awk -F '\t' 'NR > 1 && $2 != "" { print $2 }' "$tmp" >"$tmp.column" ||
        die "cannot write $tmp.column"
    mv -- "$tmp.column" "$tmp"
}

# Shuffles the files, so that the held-out end of the text is like the rest; always in the
# same order, so that a second run gives the same text.
shuffle_lines() {
    awk 'BEGIN { srand(1) } { printf "%.9f\t%s\n", rand(), $0 }' | sort | cut -f 2-
}

is_utf8() {
    ! command -v iconv >/dev/null 2>&1 || iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1
}

# join_c_files TREE LIMIT: joins whole files up to LIMIT bytes (0: all files).
join_c_files() {
    from=$1
    [ -d "$1" ] || die "$1 is not a folder"
    case $1 in -*) tree=./$1 ;; *) tree=$1 ;; esac
    : >"$tmp" || die "cannot write $tmp"
    total=0
    find "$tree/." -type f \( -name '*.[ch]' \) | sort | shuffle_lines >"$tmp.list"
    while IFS= read -r file; do
        is_utf8 "$file" || continue
        cat -- "$file" >>"$tmp" || die "cannot add $file"
        total=$((total + $(wc -c <"$file")))
        [ "$2" -gt 0 ] && [ "$total" -ge "$2" ] && break
    done <"$tmp.list"
    rm -f -- "$tmp.list"
    [ "$total" -gt 0 ] || die "there are no .c or .h files under $1"
}

get_c_headers() {
    [ -f /usr/include/stdio.h ] ||
        die "no headers in /usr/include: use c-source with a source tree instead"
    join_c_files /usr/include "$HEADER_BYTES"
}

name=${1:-}
case $name in
'' | -h | --help)
    usage
    exit 0
    ;;
tinyshakespeare | linux | warpeace | korean-reviews | c-headers) shift ;;
c-source)
    tree=${2:-}
    [ -n "$tree" ] || {
        say "c-source needs a source tree: get-data.sh c-source TREE [DIR]"
        exit 2
    }
    shift 2
    ;;
*)
    say "there is no corpus '$name'; get-data.sh without arguments lists the names"
    exit 2
    ;;
esac
[ $# -le 1 ] || {
    say "too many arguments: get-data.sh NAME [DIR]"
    exit 2
}

case ${1:-.} in -*) dir=./$1 ;; *) dir=${1:-.} ;; esac
mkdir -p -- "$dir" || die "cannot make the folder $dir"
out=$dir/$name.txt
tmp=$dir/.$name.tmp.$$
trap 'rm -f -- "$tmp" "$tmp.list" "$tmp.column"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

case $name in
tinyshakespeare) get_tinyshakespeare ;;
linux) get_linux ;;
warpeace) get_warpeace ;;
korean-reviews) get_korean_reviews ;;
c-headers) get_c_headers ;;
c-source) join_c_files "$tree" 0 ;;
esac
[ -s "$tmp" ] || die "$from is empty"
mv -f -- "$tmp" "$out" || die "cannot write $out"
say "wrote $out, $(($(wc -c <"$out"))) bytes, from $from"
