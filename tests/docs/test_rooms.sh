#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_rooms.sh SOURCE: host/rooms.txt holds. A file includes its own room's headers, and those public ones of the rooms that its line names.
# A plugin includes its own headers and golos_watch/ alone, for that is all that a stranger's plugin has; what it takes from the house beside
# them stands in its line.
set -euo pipefail
cd "$1"

git ls-files 'host/*.c' 'host/*.h' 'plugin/*.c' 'plugin/*.h' | xargs grep -Hn '^#include "' | awk -v rooms=host/rooms.txt '
	function fault(text) { print text > "/dev/stderr"; faults++ }
	function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
	BEGIN {
		while ((getline line < rooms) > 0) {
			if (line ~ /^#/ || line == "") continue
			if (split(line, part, "|") != 3) fault(rooms ": three parts are wanted: " line)
			gsub(/^ +| +$/, "", part[1])
			room = part[1]; known[room] = ++count
			for (i = split(part[2], word, " "); i > 0; i--) public[room "/" word[i]] = 1
			for (i = split(part[3], word, " "); i > 0; i--) {
				if (!(word[i] in known)) fault(rooms ": " room " includes " word[i] ", which does not stand before it")
				may[room, word[i]] = 1
			}
		}
	}
	{
		split($0, part, "\""); header = part[2]; place = part[1]; sub(/:#include $/, "", place)
		file = place; sub(/:[0-9]+$/, "", file)
		includes++
		if (header ~ /^golos_watch\//) next
		if (file ~ /^plugin\//) {
			if (header !~ /\//) next
			from = folder(file)
			if (!(from in known)) fault(place ": a plugin includes golos_watch/ and its own headers, not " header)
			if (!(from in known)) next
		} else from = substr(folder(file), 6)
		to = folder(header)
		if (!(from in known)) fault(place ": " rooms " has no line for " from)
		else if (from == to) next
		else if (!((from, to) in may)) fault(place ": " from " may not include " header " (" rooms ")")
		else if (!(header in public)) fault(place ": " header " is private to its room (" rooms ")")
		used[from, to] = 1; wanted[header] = 1
	}
	END {
		for (pair in may) if (!(pair in used)) { split(pair, p, SUBSEP); fault(rooms ": " p[1] " does not need " p[2]) }
		for (header in public) if (!(header in wanted)) fault(rooms ": nobody else includes " header)
		if (count < 10 || includes < 300) fault("only " count " rooms and " includes " lines were found")
		exit faults > 0
	}'
