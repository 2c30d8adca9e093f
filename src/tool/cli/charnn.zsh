#compdef charnn
# Completion of charnn for zsh.  Commands, options and values come from the program itself.
_charnn() {
    local program=$words[1] command=$words[2] before=$words[CURRENT-1] line
    local -a fields candidates
    if (( CURRENT == 2 )) || [[ CURRENT -eq 3 && $command == help ]]; then
        for line in ${(f)"$($program --generate commands 2>/dev/null)"}; do
            candidates+=("${line/$'\t'/:}")
        done
        _describe command candidates
        return
    fi
    for line in ${(f)"$($program $command --generate options 2>/dev/null)"}; do
        fields=("${(@ps:\t:)line}")
        if [[ $fields[1] == $before && $fields[2] == *'|'* ]]; then
            compadd -- ${(s:|:)fields[2]}
            return
        fi
        candidates+=("${fields[1]}:${fields[3]}")
    done
    if [[ $words[CURRENT] == -* ]]; then
        _describe option candidates
    else
        _files
    fi
}
_charnn "$@"
