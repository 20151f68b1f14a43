# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for postrider. Options, commands, accounts and keys come from the program itself.

_postrider_options() {
	postrider __options "$1" 2>/dev/null | awk -F'\t' '
		$1 != "-" { print "--" $1 }
		$2 != "-" { print "-" $2 }'
}

_postrider_words() {
	postrider __complete "$1" 2>/dev/null | cut -f 1
}

# What may stand behind `postrider queue`.
_postrider_queue() {
	case $1 in
	'') echo list show run retry hold release remove export check runner ;;
	runner) echo install remove status ;;
	show | run | retry | hold | release | remove | export) _postrider_words ids ;;
	esac
}

_postrider() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command= verb=
	local i skip=

	COMPREPLY=()
	# COMP_WORDBREAKS holds '=': --attach=FILE comes as three words
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [ -n "$skip" ]; then
			skip=
			continue
		fi
		case $word in
		-a | -C | --account | --config | --set | --server | --timeout | --color) skip=1 ;;
		--rcpt | --sender | --only | --skip | --to | --from | --expiry-warn | --as) skip=1 ;;
		-*) ;;
		*)
			if [ -n "$command" ]; then
				verb=$word
				break
			fi
			command=$word
			;;
		esac
	done
	case $prev in
	--only | --skip)
		mapfile -t COMPREPLY < <(compgen -W "$(_postrider_words checks)" -- "$cur")
		return
		;;
	-a | --account)
		mapfile -t COMPREPLY < <(compgen -W "$(_postrider_words accounts)" -- "$cur")
		return
		;;
	-C | --config | --message | --attach | --inline | --transcript | --report-to)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--set)
		mapfile -t COMPREPLY < <(compgen -S = -W "$(_postrider_words keys)" -- "$cur")
		return
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return
		;;
	--format)
		mapfile -t COMPREPLY < <(compgen -W 'text flowed' -- "$cur")
		return
		;;
	--notify)
		mapfile -t COMPREPLY < <(compgen -W 'never failure success delay failure,delay' -- "$cur")
		return
		;;
	--return)
		mapfile -t COMPREPLY < <(compgen -W 'headers full' -- "$cur")
		return
		;;
	--when)
		mapfile -t COMPREPLY < <(compgen -W 'auto now queue' -- "$cur")
		return
		;;
	--priority)
		mapfile -t COMPREPLY < <(compgen -W 'high normal low' -- "$cur")
		return
		;;
	--charset)
		mapfile -t COMPREPLY < <(compgen -W 'utf-8 iso-8859-1 iso-8859-15 windows-1252' -- "$cur")
		return
		;;
	esac
	case $command in
	'')
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_options version)" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_words commands)" -- "$cur")
		fi
		;;
	check | doctor)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_options check)" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_words accounts)" -- "$cur")
		fi
		;;
	config)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_options config)" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W 'check show keys' -- "$cur")
		fi
		;;
	import)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_options import)" -- "$cur")
		elif [ -z "$verb" ]; then
			mapfile -t COMPREPLY < <(compgen -W 'msmtp ssmtp nullmailer dma' -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi
		;;
	queue)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_options queue)" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_queue "$verb")" -- "$cur")
		fi
		;;
	help)
		mapfile -t COMPREPLY < <(compgen -W "$(_postrider_words commands) $(_postrider_words topics)" -- "$cur")
		;;
	*)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_postrider_options "$command")" -- "$cur")
		elif [[ $cur == @* ]]; then
			mapfile -t COMPREPLY < <(compgen -P @ -f -- "${cur#@}")
		fi
		;;
	esac
}

complete -F _postrider postrider
