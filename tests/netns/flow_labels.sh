#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Leases of flow labels against the kernel's: the same calls, the same answers. flow_labels_peer does it.
set -u
. "$(dirname "$0")/own_net.sh"

need flow_labels_peer
in_net : flow_labels_peer "$@"
