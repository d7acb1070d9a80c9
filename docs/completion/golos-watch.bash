# SPDX-License-Identifier: MIT
# bash completion of golos-watch: commands, their options, and what follows them. tests/ctl holds it to the program's help.

_golos_watch()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word options
	local global='--config --node --chain-id --socket --json --help --version'
	local signing='--key --yes --dry-run'
	local -A options_of=(
		[status]='--watch'
		[check]='--key'
		[cluster]=''
		[feed]='--instance --yes'
		[help]=''
		[init]='--order --golosd-config --key --signing-key --yes'
		[history]='--since --limit --instance'
		[hold]='--for --instance'
		[resume]='--instance'
		[takeover]="--instance --no-wait $signing"
		[witness]=''
		[update]="--signing-key --url --set --file $signing"
		[disable]="$signing"
		[keygen]='--keystore --small --password --passphrase --cluster'
		[keystore]='--small --passphrase --new-passphrase'
	)

	case $previous in
	-c | --config | --socket | --keystore | --file | --golosd-config)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--chain-id)
		mapfile -t COMPREPLY < <(compgen -W 'main test' -- "$current")
		return
		;;
	--key)
		mapfile -t COMPREPLY < <(compgen -W 'file: credential: keystore:' -- "$current")
		compopt -o nospace
		return
		;;
	--passphrase | --new-passphrase)
		mapfile -t COMPREPLY < <(compgen -W 'file:' -- "$current")
		compopt -o nospace
		return
		;;
	--node | --instance | --for | --since | --limit | --signing-key | --url | --set)
		COMPREPLY=()
		return
		;;
	esac

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [[ -v "options_of[$word]" ]]; then
			command=$word
			break
		fi
	done
	if [[ $current == -* ]]; then
		options="$global ${command:+${options_of[$command]}}"
	elif [[ -z $command || $command == help ]]; then
		options="${!options_of[*]}"
	elif [[ $command == keystore && $previous == keystore ]]; then
		options='make import show passwd'
	elif [[ $command == feed && $previous == feed ]]; then
		options='try publish'
	elif [[ $command == keygen ]]; then
		options='owner active posting memo'
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
}
complete -F _golos_watch golos-watch
