#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What each ICMP error means to a program, on the kernel and on the stack. Two programs do it, for
# datagrams and for connections and echoes.
set -u
. "$(dirname "$0")/own_net.sh"

need icmp_errors_peer icmp_errors_conn_peer
need_tun
in_net : icmp_errors_peer || exit 1
# Who may have an echo socket is a matter of the namespace, too.
in_net 'echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range' icmp_errors_conn_peer
