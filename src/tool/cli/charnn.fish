# Completion of charnn for fish.  Commands, options and values come from the program itself.
function __charnn_options
    set -l words (commandline -opc)
    $words[1] $words[2] --generate options 2>/dev/null | cut -f 1,3
end

function __charnn_values
    set -l words (commandline -opc)
    $words[1] $words[2] --generate options 2>/dev/null | while read -l -d \t option values help
        if test "$option" = "$words[-1]"; and string match -q '*|*' -- $values
            string split '|' -- $values
        end
    end
end

function __charnn_needs_command
    set -l words (commandline -opc)
    test (count $words) -eq 1; or test "$words[2]" = help
end

complete -c charnn -n __charnn_needs_command -f -a '(charnn --generate commands)'
complete -c charnn -n 'not __charnn_needs_command; and string match -q -- "-*" (commandline -ct)' -a '(__charnn_options)'
complete -c charnn -n 'not __charnn_needs_command; and count (__charnn_values) >/dev/null' -f -a '(__charnn_values)'
