# Everything here is pure; what makes system calls is in os/ and in a library of its own.
noinst_LTLIBRARIES += libsea_link.la libsea_os.la
libsea_link_la_SOURCES = \
	%D%/bridge.c \
	%D%/bridge.h \
	%D%/bridge_fdb.c \
	%D%/bridge_fdb_set.c \
	%D%/bridge_io.c \
	%D%/bridge_bpdu.c \
	%D%/bridge_port.c \
	%D%/bridge_port_set.c \
	%D%/bridge_set.c \
	%D%/bridge_stp.c \
	%D%/bridge_stp.h \
	%D%/bridge_tree.c \
	%D%/bridge_vlan.c \
	%D%/bridge_vlan_set.c \
	%D%/capture.c \
	%D%/codel.c \
	%D%/codel.h \
	%D%/dummy.c \
	%D%/fault.c \
	%D%/fifo.c \
	%D%/flow.c \
	%D%/flow.h \
	%D%/fq.c \
	%D%/fq.h \
	%D%/fq_codel.c \
	%D%/fq_flow.c \
	%D%/gro.c \
	%D%/gre.c \
	%D%/gre_set.c \
	%D%/ip6tnl.c \
	%D%/ingress.c \
	%D%/kinds.c \
	%D%/kinds.h \
	%D%/macvlan.c \
	%D%/macvlan.h \
	%D%/macvlan_set.c \
	%D%/netem.c \
	%D%/netem.h \
	%D%/netem_chance.c \
	%D%/pair.c \
	%D%/prio.c \
	%D%/qdiscs.c \
	%D%/qdiscs.h \
	%D%/spoil.c \
	%D%/spoil.h \
	%D%/tunnel.c \
	%D%/tunnel.h \
	%D%/tunnel_in.c \
	%D%/tunnel_job.h \
	%D%/tunnel_ioctl.c \
	%D%/tunnel_link.c \
	%D%/tunnel_out.c \
	%D%/tunnel_set.c \
	%D%/tunnel_way.c \
	%D%/tunnel6_ioctl.c \
	%D%/tunnel6_set.c \
	%D%/veth.c \
	%D%/vlan.c \
	%D%/vlan.h \
	%D%/vlan_io.c \
	%D%/vlan_set.c \
	%D%/vrf.c \
	%D%/vxlan.c \
	%D%/vxlan.h \
	%D%/vxlan_fdb.c \
	%D%/vxlan_fdb_set.c \
	%D%/vxlan_io.c \
	%D%/vxlan_set.c \
	%D%/tbf.c \
	$(END)

libsea_os_la_SOURCES = \
	%D%/os/clock.c \
	%D%/os/driver.c \
	%D%/os/env.c \
	%D%/os/netns.c \
	%D%/os/packet.c \
	%D%/os/port.c \
	%D%/os/port.h \
	%D%/os/tap.c \
	%D%/os/watch.c \
	$(END)

EXTRA_DIST += \
	%D%/README.md \
	%D%/os/README.md \
	$(END)
