#!/bin/sh
# SPDX-License-Identifier: MIT
# test_picture.sh SOURCE BUILD: docs/price-feed-day.svg is what the rules make of its day.
"$2/bin/feed_picture" | cmp - "$1/docs/price-feed-day.svg" && exit 0
echo "test_picture.sh: look at the new picture, and keep it: build/release/bin/feed_picture >docs/price-feed-day.svg" >&2
exit 1
