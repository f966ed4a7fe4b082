#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What stands in /proc/net, against the kernel's.
set -u
. "$(dirname "$0")/own_net.sh"

need procnet_peer
in_net "$without_limits" procnet_peer "$@"
