#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Blocking calls: the library's and the kernel's give the same, each against the other's TCP.
set -u
. "$(dirname "$0")/own_net.sh"

need blocking_peer
need_tun
in_net : blocking_peer
