#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sockets over loopback, with random calls: poll() tells of them what the kernel tells.
set -u
. "$(dirname "$0")/own_net.sh"

need poll_masks_peer
in_net "$without_limits" poll_masks_peer "$@"
