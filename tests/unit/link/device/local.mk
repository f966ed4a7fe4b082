# Links that are made by asking.
UNIT_TESTS += \
	%D%/bridge \
	%D%/bridge_io \
	%D%/dummy \
	%D%/macvlan \
	%D%/masters \
	%D%/tunnel \
	%D%/veth \
	%D%/vlan \
	%D%/vlan_io \
	$(END)
LINK_KINDS = %D%/kinds.c %D%/kinds.h $(LINK_FIXTURE)
BRIDGES = %D%/bridges.c %D%/bridges.h $(LINK_KINDS)
tests_unit_link_device_bridge_io_SOURCES = %D%/bridge_io.c %D%/bridge_vlan.c $(BRIDGES)
tests_unit_link_device_bridge_SOURCES = %D%/bridge.c %D%/bridge_stp.c $(BRIDGES)
tests_unit_link_device_dummy_SOURCES = %D%/dummy.c $(LINK_KINDS)
tests_unit_link_device_macvlan_SOURCES = %D%/macvlan.c $(LINK_KINDS)
tests_unit_link_device_masters_SOURCES = %D%/masters.c $(LINK_KINDS)
tests_unit_link_device_tunnel_SOURCES = \
	%D%/tunnel.c \
	%D%/tunnel_gre.c \
	%D%/tunnel_ioctl.c \
	%D%/tunnel_ip6_ioctl.c \
	%D%/tunnel_ip6gre.c \
	%D%/tunnel_ip6tnl.c \
	%D%/tunnel_ip6tnl_way.c \
	%D%/tunnel_sit.c \
	%D%/tunnel_vxlan.c \
	%D%/tunnel_vxlan_fdb.c \
	%D%/tunnels.c \
	%D%/tunnels.h \
	$(LINK_KINDS)
tests_unit_link_device_veth_SOURCES = %D%/veth.c $(LINK_KINDS)
tests_unit_link_device_vlan_SOURCES = %D%/vlan.c $(LINK_KINDS)
tests_unit_link_device_vlan_io_SOURCES = %D%/vlan_io.c $(LINK_KINDS)
