# Completion of charnn for bash.  Commands, options and values come from the program itself.
_charnn() {
    local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} words=
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "$command" = help ]; }; then
        words=$("$program" --generate commands 2>/dev/null | cut -f 1)
    elif [[ $current == -* ]]; then
        words=$("$program" "$command" --generate options 2>/dev/null | cut -f 1)
    else
        words=$("$program" "$command" --generate options 2>/dev/null |
            awk -F '\t' -v option="$before" '$1 == option && $2 ~ /[|]/ { gsub(/[|]/, " ", $2); print $2 }')
    fi
    # shellcheck disable=SC2207
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _charnn charnn
