# Socket calls with hostile arguments, beside the kernel.
NETNS_TESTS += %D%/hostile_calls.sh
NETNS_PEERS += %D%/hostile_calls_peer
tests_netns_hostile_calls_peer_SOURCES = \
	%D%/hostile_calls.c \
	%D%/hostile_calls.h \
	%D%/hostile_calls_peer.c \
	%D%/tcp_options_meant.def \
	%D%/tcp_options_meant.h \
	%D%/world.c \
	%D%/world.h \
	$(END)
# Signed segments, RFC 2385.
NETNS_TESTS += %D%/md5.py

# Netlink, beside the kernel.
NETNS_TESTS += %D%/netlink.sh
NETNS_PEERS += %D%/netlink_peer
tests_netns_netlink_peer_SOURCES = \
	%D%/netlink_addrs.c \
	%D%/netlink_adverts.c \
	%D%/netlink_addrs6.c \
	%D%/netlink_compare.c \
	%D%/netlink_compare.h \
	%D%/netlink_defaults.c \
	%D%/netlink_kinds.c \
	%D%/netlink_groups.c \
	%D%/netlink_labels.c \
	%D%/netlink_links.c \
	%D%/netlink_netconf.c \
	%D%/netlink_peer.c \
	%D%/netlink_ingress.c \
	%D%/netlink_queues.c \
	%D%/netlink_queues.h \
	%D%/netlink_random.c \
	%D%/netlink_sets.c \
	%D%/netlink_veth.c \
	%D%/netlink_vxlan.c \
	%D%/netlink_stats.c \
	%D%/world.c \
	%D%/world.h \
	$(END)
# sock_diag, beside the kernel.
NETNS_TESTS += %D%/netlink_diag.sh
NETNS_PEERS += %D%/netlink_diag_peer
tests_netns_netlink_diag_peer_SOURCES = \
	%D%/netlink_compare.c \
	%D%/netlink_compare.h \
	%D%/netlink_diag.h \
	%D%/netlink_diag_ask.c \
	%D%/netlink_diag_calls.c \
	%D%/netlink_diag_peer.c \
	%D%/netlink_diag_set.c \
	%D%/netlink_links.c \
	%D%/world.c \
	%D%/world.h \
	$(END)
# Routes by netlink, beside the kernel.
NETNS_TESTS += %D%/netlink_routes.sh
NETNS_PEERS += %D%/netlink_routes_peer
tests_netns_netlink_routes_peer_SOURCES = \
	%D%/netlink_compare.c \
	%D%/netlink_compare.h \
	%D%/netlink_links.c \
	%D%/netlink_mroutes.c \
	%D%/netlink_neighs.c \
	%D%/netlink_neightbl.c \
	%D%/netlink_nexthops.c \
	%D%/netlink_routes.h \
	%D%/netlink_routes_change.c \
	%D%/netlink_routes_dump.c \
	%D%/netlink_routes_get.c \
	%D%/netlink_routes_peer.c \
	%D%/netlink_routes_rules.c \
	%D%/netlink_sorted.c \
	%D%/world.c \
	%D%/world.h \
	$(END)
# Generic netlink, beside the kernel.
NETNS_TESTS += %D%/netlink_genl.sh
NETNS_PEERS += %D%/netlink_genl_peer
tests_netns_netlink_genl_peer_SOURCES = \
	%D%/netlink_compare.c \
	%D%/netlink_compare.h \
	%D%/netlink_genl.h \
	%D%/netlink_genl_device.c \
	%D%/netlink_genl_ethtool.c \
	%D%/netlink_genl_peer.c \
	%D%/netlink_genl_set.c \
	%D%/netlink_links.c \
	%D%/world.c \
	%D%/world.h \
	$(END)
# ioctls of links, beside the kernel.
NETNS_TESTS += %D%/link_ioctls.sh
NETNS_PEERS += %D%/link_ioctls_peer
tests_netns_link_ioctls_peer_SOURCES = \
	%D%/link_ioctls.h \
	%D%/link_ioctls_addrs.c \
	%D%/link_ioctls_arp.c \
	%D%/link_ioctls_calls.c \
	%D%/link_ioctls_ethtool.c \
	%D%/link_ioctls_peer.c \
	%D%/link_ioctls_routes.c \
	%D%/link_ioctls_v6.c \
	%D%/netlink_compare.c \
	%D%/netlink_compare.h \
	%D%/netlink_links.c \
	%D%/netlink_sorted.c \
	%D%/world.c \
	%D%/world.h \
	$(END)
# TCP_REPAIR, beside the kernel.
NETNS_TESTS += %D%/repair.sh
NETNS_PEERS += %D%/repair_peer
tests_netns_repair_peer_SOURCES = \
	%D%/repair_peer.c \
	%D%/world.c \
	%D%/world.h \
	$(END)

# MSG_ZEROCOPY, beside the kernel.
NETNS_TESTS += %D%/zerocopy.sh
NETNS_PEERS += %D%/zerocopy_peer
tests_netns_zerocopy_peer_SOURCES = \
	%D%/zerocopy_peer.c \
	%D%/world.c \
	%D%/world.h \
	$(END)

# A connection that moves from process to process.
NETNS_TESTS += %D%/handover.py
NETNS_PEERS += %D%/handover_peer
tests_netns_handover_peer_SOURCES = \
	%D%/handover_peer.c \
	tests/lib/handover.c \
	tests/lib/handover.h \
	$(END)

# Unmodified programs in the network of a stack, and the same beside the kernel.
NETNS_TESTS += %D%/tools_exec.py %D%/tools_exec_programs.py
EXTRA_DIST += %D%/exec_body.py %D%/exec_nc.c %D%/exec_stack.py

# A running stack on a terminal.
NETNS_TESTS += %D%/tools_top.py

# What tools say of a stack, and of a kernel.
NETNS_TESTS += %D%/tools_transcripts.py
EXTRA_DIST += %D%/transcripts.txt

# /proc/net, beside the kernel.
NETNS_TESTS += %D%/procnet.sh
NETNS_PEERS += %D%/procnet_peer
tests_netns_procnet_peer_SOURCES = \
	%D%/procnet_peer.c \
	%D%/world.c \
	%D%/world.h \
	$(END)

# Bridges, beside the kernel.
NETNS_TESTS += %D%/bridge.sh
NETNS_PEERS += %D%/bridge_peer
tests_netns_bridge_peer_SOURCES = \
	%D%/bridge_macvlan.c \
	%D%/bridge_neutral.c \
	%D%/bridge_neutral.h \
	%D%/bridge_peer.c \
	%D%/bridge_peer.h \
	%D%/netlink_compare.c \
	%D%/netlink_compare.h \
	%D%/netlink_links.c \
	%D%/world.c \
	%D%/world.h \
	$(END)
