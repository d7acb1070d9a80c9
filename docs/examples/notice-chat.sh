#!/bin/sh
# SPDX-License-Identifier: MIT
# notice_command of Golos Watch: posts each notice to a chat's webhook as {"text": "..."}. It gets one JSON object on
# standard input, runs as the host's user, and is killed after 30 seconds. Needs curl and jq.
#
# /etc/golos-watch/notice-chat.env, readable by that user alone (the address is the password):
#	CHAT_URL=https://chat.example.org/hooks/...
set -eu

# shellcheck disable=SC1091
. /etc/golos-watch/notice-chat.env

# A chat can take all of them; `select(.severity != "info")` before the object would leave out what is only good to know.
body=$(jq -c '{text: "[\(.severity)] \(.source): \(.text) (\(.code), \(.time) UTC)"}')

# The address by standard input, where another user's ps does not see it.
printf 'url = "%s"\n' "$CHAT_URL" | curl --silent --show-error --fail --max-time 25 --config - \
	--header 'Content-Type: application/json' --data-binary "$body" --output /dev/null
