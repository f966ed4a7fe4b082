#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every sysctl against the kernel's: defaults, ranges, how numbers are written. sysctls_peer does it.
set -u
. "$(dirname "$0")/own_net.sh"

need sysctls_peer
in_net : sysctls_peer "$@"
