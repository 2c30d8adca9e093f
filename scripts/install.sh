#!/bin/sh
# install.sh - implements `make install` and `make uninstall`.
#
#     scripts/install.sh install|uninstall BUILD VERSION
#
# The environment has the folders, named as in the Makefile: bindir, libexecdir, ...
set -eu
build=$2
version=$3
stage=$build/install
DESTDIR=${DESTDIR:-}
: "${PREFIX:?}" "${bindir:?}" "${libexecdir:?}" "${libdir:?}" "${includedir:?}" "${mandir:?}" \
    "${bashdir:?}" "${zshdir:?}" "${fishdir:?}"

# each ACTION: runs ACTION MODE FILE TARGET for every installed file.
each() {
    "$1" 755 "$stage/charnn" "$bindir/charnn"
    "$1" 644 "$stage/charnn.1" "$mandir/man1/charnn.1"
    for program in "$build"/bin/charnn-*; do
        name=${program##*/}
        "$1" 755 "$program" "$libexecdir/$name"
        "$1" 644 "$stage/$name.1" "$mandir/man1/$name.1"
    done
    "$1" 644 src/man/charnn.3 "$mandir/man3/charnn.3"
    "$1" 644 src/man/charnn-log.5 "$mandir/man5/charnn-log.5"
    "$1" 644 src/tool/cli/charnn.bash "$bashdir/charnn"
    "$1" 644 src/tool/cli/charnn.zsh "$zshdir/_charnn"
    "$1" 644 src/tool/cli/charnn.fish "$fishdir/charnn.fish"
    for header in include/*.h; do
        "$1" 644 "$header" "$includedir/${header##*/}"
    done
    "$1" 644 "$build/libcharnn.a" "$libdir/libcharnn.a"
    "$1" 755 "$build/libcharnn.so.$version" "$libdir/libcharnn.so.$version"
    "$1" link "libcharnn.so.$version" "$libdir/libcharnn.so.${version%%.*}"
    "$1" link "libcharnn.so.$version" "$libdir/libcharnn.so"
    "$1" 644 "$stage/charnn.pc" "$libdir/pkgconfig/charnn.pc"
}

# Installs a file or a link.  Strips the symbols of programs and of the shared library.
put() { # mode, file, target
    target=$DESTDIR$3
    mkdir -p "${target%/*}"
    rm -f "$target"
    if [ "$1" = link ]; then
        ln -s "$2" "$target"
        return
    fi
    cp "$2" "$target"
    [ "$1" = 644 ] || strip "$target" 2>/dev/null || :
    chmod "$1" "$target"
}

# Removes a file, and the folders below PREFIX that are then empty.
drop() { # mode, file, target
    rm -f "$DESTDIR$3"
    folder=${3%/*}
    while [ "$folder" != "$PREFIX" ] && [ -n "$folder" ]; do
        rmdir "$DESTDIR$folder" 2>/dev/null || return 0
        folder=${folder%/*}
    done
}

# The manual page of a script is its --help.
script_page() { # name, one line about it
    printf '.TH %s 1 "" "charnn %s" "User Commands"\n' "$(echo "$1" | tr '[:lower:]' '[:upper:]')" "$version"
    printf '.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.nf\n' "$(echo "$1" | sed 's/-/\\-/g')" "$2"
    "$build/bin/$1" --help | sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\&&/" -e '1s/^usage: //'
    printf '.fi\n.SH SEE ALSO\n.BR charnn (1)\n'
}

pages() {
    "$build/bin/charnn" --generate man >"$stage/charnn.1"
    "$build/bin/charnn" --generate commands | while IFS="$(printf '\t')" read -r command about; do
        program=charnn-$command
        case $(head -c 2 "$build/bin/$program") in
        '#!') script_page "$program" "$about" ;;
        *) "$build/bin/$program" --generate man ;;
        esac >"$stage/$program.1"
    done
}

pkg_config() {
    cat <<END
prefix=$PREFIX
libdir=$libdir
includedir=$includedir

Name: charnn
Description: character-level recurrent language models: train, sample, measure
Version: $version
Libs: -L\${libdir} -lcharnn
Libs.private: -lm -pthread
Cflags: -I\${includedir}
END
}

case $1 in
install)
    pages
    pkg_config >"$stage/charnn.pc"
    each put
    ;;
uninstall) each drop ;;
esac
