#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# MSG_ZEROCOPY against the kernel's: zerocopy_peer does it. ROUNDS SEED hunt for more.
set -u
. "$(dirname "$0")/own_net.sh"

need zerocopy_peer
in_net : zerocopy_peer "$@"
