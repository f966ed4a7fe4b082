#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Netlink's messages against the kernel's answers.
set -u
. "$(dirname "$0")/own_net.sh"

need netlink_peer
in_net "$without_limits" netlink_peer "$@"
