#!/bin/sh
# check_layers.sh - fails if a file uses what its folder may not see.
#
#     BUILD=build/release tests/check_layers.sh [SOURCE-FOLDER]
#
# The program (tool) sees only the public API and lib/base of the library; the library never
# sees the program.  Inside both, a line for each folder lists the folders that it may see.
# The headers in include/ may be included everywhere.  A folder without a line here is an
# error, so that new folders get one.
#
# It checks the headers that each file includes, and the symbols that each object in $BUILD
# takes from others.  From the symbols it also finds files that use each other in a circle.
set -u
src=${1:-src}
build=${BUILD:-build/release}
count=0
failures=0
dir=$(mktemp -d "${TMPDIR:-/tmp}/charnn-layers.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

may_see() {
    case $1 in
    lib/base) echo lib/base ;;
    lib/math | lib/text) echo "lib/base $1" ;;
    lib/nn) echo lib/base lib/math "$1" ;;
    lib/config) echo lib/base lib/math lib/text lib/nn "$1" ;;
    lib/mix) echo lib/base lib/text "$1" ;;
    lib/fill | lib/sample | lib/score) echo lib/base lib/math lib/text lib/nn lib/mix "$1" ;;
    lib/inspect) echo lib/base lib/math lib/text lib/nn lib/score "$1" ;;
    lib/ckpt) echo lib/base lib/math lib/text lib/config lib/nn "$1" ;;
    lib/train) echo lib/base lib/math lib/text lib/config lib/nn lib/mix lib/score lib/sample lib/ckpt "$1" ;;
    lib/export) echo lib/base lib/math lib/text lib/nn lib/config lib/ckpt "$1" ;;
    tool/cli | tool/viz) echo "lib/base $1" ;;
    tool/runlog) echo lib/base tool/cli "$1" ;;
    tool/charts) echo lib/base tool/cli tool/viz tool/runlog "$1" ;;
    tool/train | tool/sample) echo lib/base tool/cli "$1" ;;
    tool/cells | tool/gradflow) echo lib/base tool/cli tool/viz "$1" ;;
    tool/report) echo lib/base tool/cli tool/viz tool/runlog tool/charts "$1" ;;
    tool) echo lib/base tool/cli tool/viz tool/runlog tool/charts ;; # commands of one file
    lib) # the API is outside the folders, and sees all of them
        echo lib/base lib/math lib/text lib/config lib/nn lib/mix lib/score lib/sample lib/fill \
            lib/inspect lib/ckpt lib/train lib/export lib
        ;;
    *) return 1 ;;
    esac
}

report() { # passed?, what
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        failures=$((failures + 1))
        echo "not ok $count - $2"
    fi
}

# Prints the includes that are not allowed; true if there are none.  A header that exists in
# both halves is taken to be that of the program.
# shellcheck disable=SC2016  # awk's fields, not the shell's
check_includes() { # folder, files
    folder=$1
    shift
    awk -v src="$src" -v allowed=" $(may_see "$folder") " '
    function exists(file,    line, found) {
        found = (getline line <file) >= 0
        close(file)
        return found
    }
    /^[ \t]*#[ \t]*include[ \t]*["<]/ {
        split($0, part, "[\"<>]")
        header = part[2]
        if ($0 ~ /</ && !exists(src "/tool/" header) && !exists(src "/lib/" header))
            next # of the system
        if (header ~ /^charnn(_error|_inspect)?[.]h$/)
            next
        from = "nowhere"
        if (header ~ /^\/|^[.][.]\/|\/[.][.]\//)
            from = "outside"
        else if (index(FILENAME, src "/tool/") == 1 && exists(src "/tool/" header))
            from = "tool/" header
        else if (exists(src "/lib/" header))
            from = "lib/" header
        sub("/[^/]*$", "", from)
        if (!index(allowed, " " from " ")) {
            print "# " FILENAME " may not include \"" header "\""
            wrong = 1
        }
    }
    END { exit wrong }' "$@" /dev/null
}

for path in "$src"/lib/*/ "$src"/tool/*/; do
    folder=${path#"$src"/}
    folder=${folder%/}
    bad=0
    if ! allowed=$(may_see "$folder"); then
        echo "# $path: no rule says whom it may include"
        report 1 "$folder has a rule"
        continue
    fi
    # shellcheck disable=SC2046  # a list of files
    check_includes "$folder" $(find "$path" -name '*.[ch]') || bad=1
    nested=$(find "$path" -mindepth 1 -type d)
    [ -z "$nested" ] || { echo "# $nested: folders are two deep" && bad=1; }
    report "$bad" "$folder includes only: $allowed"
done

# shellcheck disable=SC2046  # a list of files
check_includes lib $(find "$src/lib" -maxdepth 1 -name '*.[ch]')
report $? "the API, outside the folders of the library, includes only: $(may_see lib)"
others=$(find "$src/lib" -maxdepth 1 -type f ! -name 'api*.[ch]')
[ -z "$others" ] || echo "# $others"
[ -z "$others" ]
report $? "only the API is outside the folders of the library"

# shellcheck disable=SC2046  # a list of files
check_includes tool $(find "$src/tool" -maxdepth 1 -name '*.[ch]')
report $? "commands of one file include only: $(may_see tool)"

# Prints "HEADER HEADER" for every include of one header in another.
included_headers() {
    find "$src" -name '*.h' | while read -r file; do
        sed -n 's/^[ \t]*#[ \t]*include[ \t]*["<]\([^">]*\)[">].*/\1/p' "$file" | while read -r header; do
            for half in tool lib; do
                [ -f "$src/$half/$header" ] && echo "${file#"$src/"} $half/$header" && break
            done
        done
    done
}
included_headers | tsort >/dev/null 2>"$dir/tsort"
code=$?
sed 's/^/# /' "$dir/tsort"
report "$code" "no headers include each other in a circle"

others=$(find "$src" -type f -path "$src/*" ! -path "$src/lib/*" ! -path "$src/tool/*" \
    ! -path "$src/man/*" ! -name README.md)
[ -z "$others" ] || echo "# $others"
[ -z "$others" ]
report $? "all source is of the library or of the program, or a manual page"

# Each folder, except that of a command, must be among the first words of a line in a README.
undescribed() {
    for path in "$src"/lib/*/ "$src"/tool/*/; do
        name=$(basename "$path")
        [ -f "$path$name.c" ] && [ "${path#"$src"/tool/}" != "$path" ] && continue
        cat README.md "$src/README.md" 2>/dev/null |
            grep -qE "^[^a-z]*([a-z/]+[^a-z/]+){0,4}([a-z]+/)*${name}[^a-z_.]" || echo "# $path"
    done
}
if [ $# -eq 0 ]; then
    undescribed >"$dir/undescribed"
    cat "$dir/undescribed"
    [ ! -s "$dir/undescribed" ]
    report $? "README.md or src/README.md says what is in each folder"
fi

# ----------------------------------------------------------------- symbols

# Prints "object PATH MODULE" for every object whose source still exists.  A module is a source
# file; the objects that are compiled from it for each instruction set (x.avx2.o, x.ref.o) are one.
objects() {
    find "$build/src" -name '*.o' 2>/dev/null | while read -r object; do
        module=${object#"$build/src/"}
        module=${module%.o}
        if [ -f "$src/$module.c" ] || [ -f "$src/$module" ]; then
            echo "object $object $module"
        elif [ -f "$src/${module%.*}.c" ]; then
            echo "object $object ${module%.*}"
        fi
    done
}

# Prints "sees FOLDER FOLDER ..." for every folder.
rules() {
    for folder in lib tool $(cd "$src" && find lib tool -mindepth 1 -type d); do
        echo "sees $folder $(may_see "$folder")"
    done
}

# shellcheck disable=SC2016  # awk's fields, not the shell's
#
# Reads rules, objects and the symbols of the objects (nm -A); prints "layer ..." for each
# use of what a folder may not see, and "circle ..." if modules use each other in a circle.
uses='
function folder_of(module) {
    sub("/[^/]*$", "", module)
    return module
}
# Returns a module that m uses and that is still in `left`; "" if there is none.
function next_left(m,    k) {
    for (k = 1; k <= degree[m]; k++)
        if (target[m, k] in left)
            return target[m, k]
    return ""
}
# Repeatedly removes modules that use none of the remaining ones; only cycles remain.
function print_circle(    m, taken, first, path) {
    do {
        taken = 0
        for (m in left)
            if (next_left(m) == "") {
                delete left[m]
                taken = 1
            }
    } while (taken)
    first = ""
    for (m in left)
        first = m
    if (first == "")
        return
    m = first
    while (!(m in passed)) {
        passed[m] = 1
        m = next_left(m)
    }
    path = first = m
    do {
        path = path " -> " next_left(m) " (" name[m, next_left(m)] ")"
        m = next_left(m)
    } while (m != first)
    print "circle " path
}
$1 == "sees" {
    for (i = 3; i <= NF; i++)
        sees[$2, $i] = 1
    next
}
$1 == "object" {
    module[$2] = $3
    left[$3] = 1
    next
}
{
    object = substr($0, 1, index($0, ":") - 1)
    type = $(NF - 1)
    if (type ~ /^[Uwv]$/)
        wanted[module[object], $NF] = 1
    else if (type ~ /^[A-Z]$/)
        home[$NF] = module[object]
}
END {
    for (pair in wanted) {
        split(pair, use, SUBSEP)
        from = use[1]
        if (!(use[2] in home) || (to = home[use[2]]) == from)
            continue
        public = from ~ /^tool/ && to ~ /^lib/ && use[2] ~ /^_?charnn_/
        if (!public && !((folder_of(from), folder_of(to)) in sees))
            print "layer " from " may not use " use[2] " of " to
        if (name[from, to] == "")
            target[from, ++degree[from]] = to
        name[from, to] = use[2]
    }
    print_circle()
}'

check_symbols() {
    objects >"$dir/objects"
    if ! command -v nm >/dev/null 2>&1 || [ ! -s "$dir/objects" ]; then
        report 0 "objects use only what their folders may see # SKIP no nm, or nothing is built"
        return
    fi
    {
        rules
        cat "$dir/objects"
        cut -d ' ' -f 2 "$dir/objects" | xargs nm -A
    } | awk "$uses" | sort >"$dir/uses"
    sed -n 's/^layer /# /p' "$dir/uses"
    ! grep -q '^layer' "$dir/uses"
    report $? "objects use only what their folders may see"
    sed -n 's/^circle /# /p' "$dir/uses"
    ! grep -q '^circle' "$dir/uses"
    report $? "no files use each other in a circle"
}
check_symbols

# ------------------------------------------------------------- tests of this check

write() { # file, code: compiles it as well
    mkdir -p "$dir/src/${1%/*}" "$dir/build/src/${1%/*}"
    printf '%s\n' "$2" >"$dir/src/$1"
    "${CC:-cc}" -w -I "$dir/src/lib" -c "$dir/src/$1" -o "$dir/build/src/${1%.c}.o"
}

write_tree() {
    rm -rf "$dir/src" "$dir/build"
    mkdir -p "$dir/src/lib/nn" && echo 'int net_size();' >"$dir/src/lib/nn/net.h"
    write lib/base/buf.c 'int buf_size() { return 0; }'
    write lib/base/file.c 'int buf_size(); int file_size() { return buf_size(); }'
    write lib/nn/net.c 'int file_size(); int net_size() { return file_size(); } int charnn_size() {}'
    write tool/cli/msg.c 'int file_size(), charnn_size(); int msg_size() { file_size(); charnn_size(); }'
}

check_tree() {
    BUILD=$dir/build sh "$0" "$dir/src" >"$dir/log"
}

refuses() { # pattern of the message, file, code: the tree with this file is wrong
    write_tree
    write "$2" "$3"
    ! check_tree && grep -q -e "$1" "$dir/log" && return 0
    sed 's/^/# /' "$dir/log"
    return 1
}

if [ $# -eq 0 ]; then
    write_tree
    check_tree || ! sed 's/^/# /' "$dir/log"
    report $? "a small tree that keeps the rules passes"
    refuses 'tool/cli/opt may not use net_size of lib/nn/net' \
        tool/cli/opt.c 'int net_size(); int opt_size() { return net_size(); }'
    report $? "the program may not use a function of the library that is not public"
    refuses 'lib/nn/cell may not use msg_size of tool/cli/msg' \
        lib/nn/cell.c 'int msg_size(); int cell_size() { return msg_size(); }'
    report $? "the library may not use the program"
    refuses 'lib/base/utf8 may not use net_size of lib/nn/net' \
        lib/base/utf8.c 'int net_size(); int utf8_size() { return net_size(); }'
    report $? "a folder may not use one that it does not see"
    refuses 'lib/base/[a-z]* -> lib/base/[a-z]* ([a-z]*_size) -> lib/base/[a-z]*' \
        lib/base/buf.c 'int file_size(); int buf_size() { return file_size(); }'
    report $? "two files may not use each other"
    refuses 'src/tool/cli/opt.c may not include "nn/net.h"' \
        tool/cli/opt.c '#include "nn/net.h"'
    report $? "the program may not include a header of the library"
    refuses 'src/tool/cli/opt.c may not include "nn/net.h"' \
        tool/cli/opt.c '#include <nn/net.h>'
    report $? "nor in angle brackets"
    write_tree
    echo '#include "nn/cell.h"' >"$dir/src/lib/nn/net.h"
    echo '#include "nn/net.h"' >"$dir/src/lib/nn/cell.h"
    ! check_tree && grep -q '^# .*lib/nn/cell.h' "$dir/log"
    report $? "two headers may not include each other"
fi

echo "1..$count"
[ "$failures" -eq 0 ]
