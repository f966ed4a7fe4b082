#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every socket option of a TCP socket against the kernel's: values, sizes, states. tcp_options_peer does it.
set -u
. "$(dirname "$0")/own_net.sh"

need tcp_options_peer
in_net : tcp_options_peer "$@"
