#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What sock_diag tells of sockets, against the kernel's answers.
set -u
. "$(dirname "$0")/own_net.sh"

need netlink_diag_peer
in_net "$without_limits" netlink_diag_peer "$@"
