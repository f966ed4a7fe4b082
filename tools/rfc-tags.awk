# SPDX-License-Identifier: Apache-2.0
# The table of RFC 9293's labels as an included list, for `packetimpact list --tags`:
#
#	awk -f rfc-tags.awk 9293.required FILE...
#
# The first file has the labels (tools/rfc-tags); the others are tests that carry them: a label belongs to the function
# that its comment stands in or above, in a script to the script. Run where the paths of the files begin.

function quoted(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return "\"" text "\""
}

function where(path, test) {
	sub(/\.[a-z]+$/, "", path)
	return path ":" test
}

function carries(tag, test) {
	if (!((tag, test) in seen)) {
		seen[tag, test] = 1
		tests[tag] = tests[tag] test "\n"
	}
}

# All labels in a line go to `to`: an array, or the test `name`.
function take(line, name,    tag) {
	while (match(line, /RFC9293:[A-Za-z0-9][A-Za-z0-9.-]*/)) {
		tag = substr(line, RSTART + 8, RLENGTH - 8)
		sub(/[.-]+$/, "", tag)
		if (name != "")
			carries(tag, where(FILENAME, name))
		else
			waiting[tag] = 1
		line = substr(line, RSTART + RLENGTH)
	}
}

NR == FNR && /^RFC9293:/ {
	label = substr($1, 9)
	order[++n] = label
	sentence[label] = substr($0, length($1) + 2)
	next
}
NR == FNR && /^\t/ { reason[label] = substr($0, 2); next }
NR == FNR { next }

FNR == 1 {
	base = FILENAME
	sub(/.*\//, "", base)
	is_c = base ~ /\.[ch]$/
	name = ""
	split("", waiting)
}
!is_c { take($0, base); next }
name == "" && /^[a-z].*\(/ && !/;$/ {
	head = $0
	sub(/\(.*/, "", head)
	sub(/.*[ *]/, "", head)
}
/^\{/ {
	name = head
	for (tag in waiting)
		carries(tag, where(FILENAME, name))
	split("", waiting)
}
/^\}/ { name = ""; next }
/RFC9293:/ { take($0, name) }

END {
	for (i = 1; i <= n; i++)
		printf "TAG(%s, %s, %s, %s)\n", quoted(order[i]), quoted(sentence[order[i]]), quoted(reason[order[i]]),
			sorted(tests[order[i]])
}

# Lines in order, as one string of C.
function sorted(text,    lines, count, i, j, line, all) {
	count = split(text, lines, "\n") - 1
	for (i = 2; i <= count; i++) {
		line = lines[i]
		for (j = i - 1; j > 0 && lines[j] > line; j--)
			lines[j + 1] = lines[j]
		lines[j + 1] = line
	}
	for (i = 1; i <= count; i++)
		all = all lines[i] "\\n"
	return "\"" all "\""
}
