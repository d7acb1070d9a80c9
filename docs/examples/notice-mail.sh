#!/bin/sh
# SPDX-License-Identifier: MIT
# notice_command of Golos Watch: sends each notice as a mail. It gets one JSON object on standard input, runs as the
# host's user, and is killed after 30 seconds. Needs curl and jq.
#
# /etc/golos-watch/notice-mail.env, readable by that user alone:
#	MAIL_URL=smtps://mail.example.org
#	MAIL_FROM=watch@example.org
#	MAIL_TO=me@example.org
#	MAIL_LOGIN=watch:password	# may be left out
set -eu

# shellcheck disable=SC1091
. /etc/golos-watch/notice-mail.env

notice=$(cat)
field() {
	# control characters out: a header has one line
	printf '%s' "$notice" | jq -r --arg name "$1" '.[$name] // "" | gsub("[[:cntrl:]]"; " ")'
}

# Of what is only good to know, that things are well again is worth a mail.
case "$(field severity) $(field code)" in
'info producing' | 'info standby_ready' | 'info producer_ready' | 'info journal_recovered') ;;
info*) exit 0 ;;
esac

# By standard input, where another user's ps does not see the password.
login() {
	[ -z "${MAIL_LOGIN:-}" ] || printf 'user = "%s"\n' "$MAIL_LOGIN"
}

message=$(
	printf 'From: %s\r\nTo: %s\r\nSubject: [%s] %s\r\n' "$MAIL_FROM" "$MAIL_TO" "$(field severity)" "$(field code)"
	printf 'Content-Type: text/plain; charset=utf-8\r\n\r\n'
	printf '%s\r\n\r\n%s, %s UTC\r\n' "$(field text)" "$(field source)" "$(field time)"
)

login | curl --silent --show-error --max-time 25 --config - --mail-from "$MAIL_FROM" --mail-rcpt "$MAIL_TO" \
	--upload-file /dev/fd/3 "$MAIL_URL" 3<<END
$message
END
