# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for postrider. Options, commands, accounts and keys come from the program itself.

# The words that are no options and no arguments of theirs: command, verb.
function __postrider_plain
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case -a -C --account --config --set --server --timeout --color --rcpt --sender \
                    --only --skip --to --from --expiry-warn --as
                set skip 1
            case '-*'
            case '*'
                echo $word
        end
    end
end

function __postrider_command
    __postrider_plain | head -n 1
end

function __postrider_verb
    __postrider_plain | sed -n 2p
end

function __postrider_options
    set -l command (__postrider_command)
    test -n "$command"; or set command version
    postrider __options $command 2>/dev/null | while read -d \t -l long letter arg help
        test $long != -; and printf '%s\t%s\n' --$long $help
        test $letter != -; and printf '%s\t%s\n' -$letter $help
    end
end

function __postrider_no_command
    test -z "$(__postrider_command)"
end

function __postrider_in
    test "$(__postrider_command)" = $argv[1]
end

function __postrider_after
    contains -- (commandline -opc)[-1] $argv
end

# --attach=FILE: the option stays in front of each name.
function __postrider_option_file
    set -l parts (string split -m 1 = -- (commandline -ct))
    printf "$parts[1]=%s\n" (__fish_complete_path $parts[2])
end

complete -c postrider -f
complete -c postrider -n '__postrider_after -a --account' \
    -a '(postrider __complete accounts 2>/dev/null)'
complete -c postrider -n '__postrider_after --only --skip' \
    -a '(postrider __complete checks 2>/dev/null)'
complete -c postrider -n '__postrider_in check; or __postrider_in doctor' \
    -a '(postrider __complete accounts 2>/dev/null)'
complete -c postrider -n '__postrider_after -C --config --message --attach --inline --transcript --report-to' -F
complete -c postrider -n '__postrider_after --set' -a '(postrider __complete keys 2>/dev/null)'
complete -c postrider -n '__postrider_after --color' -a 'auto always never'
complete -c postrider -n '__postrider_after --format' -a 'text flowed'
complete -c postrider -n '__postrider_after --priority' -a 'high normal low'
complete -c postrider -n '__postrider_after --notify' -a 'never failure success delay failure,delay'
complete -c postrider -n '__postrider_after --return' -a 'headers full'
complete -c postrider -n '__postrider_after --when' -a 'auto now queue'
complete -c postrider -n '__postrider_after --charset' \
    -a 'utf-8 iso-8859-1 iso-8859-15 windows-1252'
complete -c postrider -n 'string match -qr -- "^--(attach|inline|message)=" (commandline -ct)' \
    -a '(__postrider_option_file)'
complete -c postrider -n __postrider_no_command -a '(postrider __complete commands 2>/dev/null)'
complete -c postrider -n '__postrider_in config' -a 'check show keys'
complete -c postrider -n '__postrider_in import; and test -z "$(__postrider_verb)"' \
    -a 'msmtp ssmtp nullmailer dma'
complete -c postrider -n '__postrider_in import; and test -n "$(__postrider_verb)"' -F
complete -c postrider -n '__postrider_in queue; and test -z "$(__postrider_verb)"' \
    -a 'list show run retry hold release remove export check runner'
complete -c postrider -n '__postrider_in queue; and test "$(__postrider_verb)" = runner' \
    -a 'install remove status'
complete -c postrider -n '__postrider_in queue; and contains -- "$(__postrider_verb)" \
        show run retry hold release remove export' -k \
    -a '(postrider __complete ids 2>/dev/null)'
complete -c postrider -n '__postrider_in help' \
    -a '(postrider __complete commands 2>/dev/null; postrider __complete topics 2>/dev/null)'
complete -c postrider -n 'string match -q -- "-*" (commandline -ct)' -a '(__postrider_options)'
