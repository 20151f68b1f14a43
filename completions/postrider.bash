# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for postrider: the program itself says what may stand at the cursor.

_postrider() {
	local line word help cur=${COMP_WORDS[COMP_CWORD]} words=() i=1 front

	# COMP_WORDBREAKS holds '=': --attach=FILE comes as three words
	while ((i <= COMP_CWORD)); do
		word=${COMP_WORDS[i]}
		if [[ $word == = && i -gt 1 && ${words[-1]} == --* ]]; then
			((i < COMP_CWORD)) && word=${COMP_WORDS[i + 1]} || word=
			words[-1]+="=$word"
			((i++))
		else
			words+=("$word")
		fi
		((i++))
	done
	[[ $cur == = ]] && cur=
	COMPREPLY=()
	while IFS=$'\t' read -r word help; do
		case $word in
		:users) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
		:files*)
			front=${word#:files }
			[[ $front == *= ]] && front=
			mapfile -t COMPREPLY < <(compgen -P "$front" -f -- "${cur#"$front"}")
			;;
		*)
			# behind --NAME= bash replaces the value alone
			[[ $word == --*=* && $cur != --* ]] && word=${word#*=}
			COMPREPLY+=("$word")
			;;
		esac
	done < <(postrider __complete words "${words[@]}" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=,] ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

complete -o filenames -F _postrider postrider
