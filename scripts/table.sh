#!/bin/sh
# table.sh - prints a sorted table of the runs that charnn sweep has made, with the mean over the seeds.
set -u
LC_ALL=C
export LC_ALL

# Settings come from the names of files.  Characters that could control a terminal, be
# invisible or reverse the text around them become \xNN, as in the commands (awk sees bytes
# here).
escape() {
    awk '
    BEGIN {
        for (b = 1; b < 256; b++)
            byte[sprintf("%c", b)] = b
    }

    # The code point at text[i..], with its length in `size`; 0: not valid UTF-8.
    function decode(text, i,    lead, more, code, k, b) {
        lead = byte[substr(text, i, 1)]
        size = lead < 128 ? 1 : lead < 194 ? 0 : lead < 224 ? 2 : lead < 240 ? 3 : lead < 245 ? 4 : 0
        code = size < 2 ? lead : lead % (size == 2 ? 32 : size == 3 ? 16 : 8)
        for (k = 1; k < size; k++) {
            b = byte[substr(text, i + k, 1)]
            if (b < 128 || b > 191)
                size = 0
            code = code * 64 + b % 64
        }
        return code
    }
    function harmless(c) {
        return !(c < 32 && c != 9 || c >= 127 && c < 160 || c == 173 || c == 1564 || c == 6158 ||
            c >= 8203 && c <= 8207 || c >= 8232 && c <= 8238 || c >= 8288 && c <= 8303 || c == 65279 ||
            c >= 65529 && c <= 65531 || c >= 113824 && c <= 113827 || c >= 119155 && c <= 119162 ||
            c >= 917504 && c <= 917631)
    }
    {
        line = ""
        for (i = 1; i <= length($0); i += n) {
            c = decode($0, i)
            n = size ? size : 1
            if (size && harmless(c))
                line = line substr($0, i, n)
            else
                for (k = 0; k < n; k++)
                    line = line sprintf("\\x%02x", byte[substr($0, i + k, 1)])
        }
        print line
    }'
}

die() {
    { printf 'charnn table: %s' "$*" | tr '\n' ' ' && echo; } | escape >&2
    exit 2
}

usage() {
    cat <<'END'
usage: charnn table [-f tsv|md|csv|json] [-s COLUMN] DIR

Prints one line for each combination of settings in DIR, a folder of charnn sweep; runs that
differ only in their seed are one combination.

  -f FORMAT  tsv, md for Markdown, csv, or json: an array with an object for each line [tsv]
  -s COLUMN  sort by this column, smallest first [loss]
  -h, --help, --version

  runs        finished runs; 2/3: two of three are finished, and the other is not counted
  loss        mean over the runs of the best validation loss, nats per character
  spread      of the loss over the runs: sample standard deviation
  bits        the loss in bits per character
  parameters                         mean number of weights
  chars/s  seconds                   mean speed and mean time of training

examples:
  charnn table cells
  charnn table -f md -s seconds cells
  charnn table -f json cells | python3 -m json.tool
END
}

# Lists the runs that have any file; an empty .err means that a run has not begun.
list_runs() {
    for file in "$dir"/*=*.jsonl "$dir"/*=*.err; do
        run=${file##*/}
        [ ! -e "$file" ] || printf '%s\n' "${run%.*}"
    done | sort -u
}

# Reads names of runs, and prints a line for each combination of settings, after a heading.
# Lines begin with what they are sorted by (whether the key is missing, the key, the loss),
# then come the columns of the table.
summarise() {
    DIR=$dir KEY=$key awk '
    function number(line, key) {
        if (!match(line, "\"" key "\":[-+0-9.eE]+"))
            return "-"
        return substr(line, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
    }

    # Fills value[run, ...]; true if the run has ended.
    function read_log(run,    file, line, end, speed, lines) {
        file = ENVIRON["DIR"] "/" run ".jsonl"
        while ((getline line < file) > 0) {
            end = 0
            if (line ~ /^[{]"event":"start"/)
                value[run, "parameters"] = number(line, "parameters")
            else if (line ~ /^[{]"event":"step"/) {
                speed += number(line, "chars_per_second")
                lines++
            } else if (line ~ /^[{]"event":"end"/)
                end = line ~ /"status":"(done|stopped)"/ ? line : 0
        }
        close(file)
        value[run, "loss"] = number(end, "best_loss")
        value[run, "seconds"] = number(end, "seconds")
        value[run, "chars/s"] = lines ? speed / lines : "-"
        return end != 0
    }

    # Mean over the finished runs of a combination; "-" if one of them has no value.
    function mean(i, what,    k, sum) {
        for (k = 1; k <= finished[i]; k++) {
            if (value[member[i, k], what] == "-")
                return "-"
            sum += value[member[i, k], what]
        }
        return finished[i] ? sum / finished[i] : "-"
    }
    # The square root by Newton-Raphson iteration, because a small busybox has neither sqrt
    # nor log.
    function root(x,    r, k) {
        for (r = x + 1; k < 60; k++)
            r = (r + x / r) / 2
        return r
    }
    function spread(i, middle,    k, away, sum) {
        if (middle == "-" || finished[i] < 2)
            return "-"
        for (k = 1; k <= finished[i]; k++) {
            away = value[member[i, k], "loss"] - middle
            sum += away * away
        }
        return root(sum / (finished[i] - 1))
    }
    function show(format, x) {
        return x == "-" ? x : sprintf(format, x)
    }
    function row(i,    loss) {
        loss = mean(i, "loss")
        cell["loss"] = show("%.4f", loss)
        cell["spread"] = show("%.4f", spread(i, loss))
        cell["bits"] = show("%.4f", loss == "-" ? loss : loss / 0.69314718055994531)
        cell["parameters"] = show("%.0f", mean(i, "parameters"))
        cell["chars/s"] = show("%.0f", mean(i, "chars/s"))
        cell["seconds"] = show("%.2f", mean(i, "seconds"))
        cell["runs"] = finished[i] + 0
        if (finished[i] < planned[i])
            cell["runs"] = cell["runs"] "/" planned[i]
        return loss
    }

    # A learning rate may be written as 1e-3, which sort does not understand.
    function sortable(x) {
        return x ~ /^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$/ ? sprintf("%.12f", x) : x
    }
    function print_row(front,    c) {
        printf "%s", front
        for (c = 1; c <= columns; c++)
            printf "\t%s", cell[column[c]]
        print ""
    }
    function add_column(name) {
        column[++columns] = name
        cell[name] = name
    }

    {
        combination = ""
        n = split($0, setting, ",")
        for (k = 1; k <= n; k++)
            if (setting[k] !~ /^seed=/)
                combination = combination "," setting[k]
        if (!(combination in index_of)) {
            index_of[combination] = ++combinations
            settings[combinations] = substr(combination, 2)
        }
        i = index_of[combination]
        planned[i]++
        if (read_log($0))
            member[i, ++finished[i]] = $0
    }
    END {
        n = split(settings[1], setting, ",")
        for (k = 1; k <= n; k++)
            add_column(substr(setting[k], 1, index(setting[k], "=") - 1))
        n = split("runs loss spread bits parameters chars/s seconds", name, " ")
        for (k = 1; k <= n; k++)
            add_column(name[k])
        if (!(ENVIRON["KEY"] in cell))
            exit 2
        print_row("0\t0\t0")
        for (i = 1; i <= combinations; i++) {
            n = split(settings[i], setting, ",")
            for (k = 1; k <= n; k++)
                cell[column[k]] = substr(setting[k], index(setting[k], "=") + 1)
            loss = row(i)
            x = ENVIRON["KEY"] == "loss" ? loss : cell[ENVIRON["KEY"]]
            print_row((x == "-" ? 2 : 1) "\t" sortable(x) "\t" sortable(loss))
        }
    }'
}

as_markdown() {
    awk -F '\t' '{
        line = $0
        gsub(/\t/, " | ", line)
        print "| " line " |"
        if (NR > 1)
            next
        for (c = 1; c <= NF; c++)
            printf "|---"
        print "|"
    }'
}

# Writes CSV (RFC 4180).  A missing value is an empty field.
as_csv() {
    awk -F '\t' -v OFS=, '{
        for (c = 1; c <= NF; c++) {
            if ($c == "-")
                $c = ""
            if ($c ~ /[",]/) {
                gsub(/"/, "\"\"", $c)
                $c = "\"" $c "\""
            }
        }
        $1 = $1
        print
    }'
}

# Writes JSON.  A missing value is null; runs that are not finished are counted in "planned" only.
as_json() {
    awk -F '\t' '
    function value(x) {
        if (x == "-")
            return "null"
        if (x ~ /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/)
            return x
        gsub(/[\\"]/, "\\\\&", x)
        gsub(/\t/, "\\t", x)
        return "\"" x "\""
    }
    NR == 1 {
        n = split($0, name, FS)
        printf "["
        next
    }
    {
        printf "%s\n  {", (NR > 2 ? "," : "")
        for (c = 1; c <= n; c++) {
            printf "%s\"%s\": ", (c > 1 ? ", " : ""), name[c]
            if (name[c] == "runs") {
                parts = split($c, run, "/")
                printf "%s, \"planned\": %s", run[1], run[parts]
            } else
                printf "%s", value($c)
        }
        printf "}"
    }
    END { print "\n]" }'
}

# ----------------------------------------------------------------------- main

case ${1:-} in
'' | -h | --help)
    usage
    exit 0
    ;;
--version)
    train=$(dirname "$0")/charnn-train # in the same folder, or in the build of the source tree
    [ -x "$train" ] || train=$(dirname "$0")/../build/release/bin/charnn-train
    "$train" --version | sed 's/train/table/'
    exit
    ;;
--[!-]*) die "unknown option $1 (charnn table --help lists them)" ;;
esac
format=tsv key=loss
while getopts :f:s: option; do
    case $option in
    f) format=$OPTARG ;;
    s) key=$OPTARG ;;
    :) die "-$OPTARG needs a value" ;;
    *) die "unknown option -$OPTARG (charnn table --help lists them)" ;;
    esac
done
shift $((OPTIND - 1))
case $format in tsv | md | csv | json) ;; *) die "-f takes tsv, md, csv or json" ;; esac
[ $# -eq 1 ] || die "give one folder of charnn sweep"
case $1 in -*) dir=./$1 ;; *) dir=$1 ;; esac
[ -f "$dir/sweep.txt" ] || die "$1 is not a folder of charnn sweep: it has no sweep.txt"
[ -n "$(list_runs)" ] || die "there is no run in $1"

lines=$(list_runs | summarise) || die "there is no column $key"
tab=$(printf '\t')
printf '%s\n' "$lines" | sort -t "$tab" -k 1,1n -k 2,2n -k 2,2 -k 3,3n | cut -f 4- | escape |
    case $format in
    tsv) cat ;;
    md) as_markdown ;;
    csv) as_csv ;;
    json) as_json ;;
    esac
