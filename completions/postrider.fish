# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for postrider: the program itself says what may stand at the cursor.

function __postrider_complete
    set -l words (commandline -opc)[2..-1]
    set -l typed (commandline -ct)
    # an empty word counts, too
    test -n "$typed"; or set typed ''
    for line in (postrider __complete words $words "$typed" 2>/dev/null)
        switch $line
            case ':users'
                __fish_complete_users
            case ':files*'
                set -l front (string sub -s 8 -- $line)
                set -l start (string sub -s (math (string length -- "$front") + 1) -- $typed)
                for file in (__fish_complete_path $start)
                    echo $front$file
                end
            case '*'
                echo $line
        end
    end
end

complete -c postrider -f -k -a '(__postrider_complete)'
