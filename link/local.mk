# Everything here is pure; what makes system calls is in os/ and in a library of its own.
noinst_LTLIBRARIES += libsea_link.la libsea_os.la
libsea_link_la_SOURCES = \
	%D%/capture.c \
	%D%/fault.c \
	%D%/gro.c \
	%D%/pair.c \
	%D%/spoil.c \
	%D%/spoil.h \
	%D%/device/ageing.c \
	%D%/device/ageing.h \
	%D%/device/bridge.c \
	%D%/device/bridge.h \
	%D%/device/bridge_bpdu.c \
	%D%/device/bridge_fdb.c \
	%D%/device/bridge_fdb_set.c \
	%D%/device/bridge_io.c \
	%D%/device/bridge_port.c \
	%D%/device/bridge_port_set.c \
	%D%/device/bridge_set.c \
	%D%/device/bridge_stp.c \
	%D%/device/bridge_stp.h \
	%D%/device/bridge_tree.c \
	%D%/device/bridge_vlan.c \
	%D%/device/bridge_vlan_set.c \
	%D%/device/dummy.c \
	%D%/device/gre.c \
	%D%/device/gre_set.c \
	%D%/device/ip6tnl.c \
	%D%/device/kinds.c \
	%D%/device/kinds.h \
	%D%/device/macvlan.c \
	%D%/device/macvlan.h \
	%D%/device/macvlan_set.c \
	%D%/device/tunnel.c \
	%D%/device/tunnel.h \
	%D%/device/tunnel6_ioctl.c \
	%D%/device/tunnel6_set.c \
	%D%/device/tunnel_in.c \
	%D%/device/tunnel_ioctl.c \
	%D%/device/tunnel_job.h \
	%D%/device/tunnel_link.c \
	%D%/device/tunnel_out.c \
	%D%/device/tunnel_set.c \
	%D%/device/tunnel_way.c \
	%D%/device/veth.c \
	%D%/device/vlan.c \
	%D%/device/vlan.h \
	%D%/device/vlan_io.c \
	%D%/device/vlan_set.c \
	%D%/device/vrf.c \
	%D%/device/vxlan.c \
	%D%/device/vxlan.h \
	%D%/device/vxlan_fdb.c \
	%D%/device/vxlan_fdb_set.c \
	%D%/device/vxlan_io.c \
	%D%/device/vxlan_set.c \
	%D%/qdisc/codel.c \
	%D%/qdisc/codel.h \
	%D%/qdisc/fifo.c \
	%D%/qdisc/flow.c \
	%D%/qdisc/flow.h \
	%D%/qdisc/fq.c \
	%D%/qdisc/fq.h \
	%D%/qdisc/fq_codel.c \
	%D%/qdisc/fq_flow.c \
	%D%/qdisc/ingress.c \
	%D%/qdisc/netem.c \
	%D%/qdisc/netem.h \
	%D%/qdisc/netem_chance.c \
	%D%/qdisc/prio.c \
	%D%/qdisc/qdiscs.c \
	%D%/qdisc/qdiscs.h \
	%D%/qdisc/tbf.c \
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
	%D%/device/README.md \
	%D%/os/README.md \
	%D%/qdisc/README.md \
	$(END)
