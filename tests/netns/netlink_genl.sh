#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Generic netlink, nlctrl and tcp_metrics, against the kernel's answers.
set -u
. "$(dirname "$0")/own_net.sh"

need netlink_genl_peer
in_net "$without_limits" netlink_genl_peer "$@"
