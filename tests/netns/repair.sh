#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a TCP socket in repair does at each call against the kernel's: repair_peer does it. ROUNDS SEED hunt for more.
set -u
. "$(dirname "$0")/own_net.sh"

need repair_peer
in_net 'echo 0 >/proc/sys/net/ipv4/tcp_early_retrans' repair_peer "$@"
