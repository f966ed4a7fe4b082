#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Datagram sockets against the kernel's: the same calls, the same answers.
set -u
. "$(dirname "$0")/own_net.sh"

need socket_calls_peer
for mode in inet inet6 binds; do
	in_net "$without_limits" socket_calls_peer "$mode" "$@" || exit 1
done
