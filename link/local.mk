# Everything here is pure; what makes system calls is in os/ and in a library of its own.
noinst_LTLIBRARIES += libsea_link.la libsea_os.la
libsea_link_la_SOURCES = \
	%D%/capture.c \
	%D%/dummy.c \
	%D%/fault.c \
	%D%/fifo.c \
	%D%/fq.c \
	%D%/fq.h \
	%D%/fq_flow.c \
	%D%/gro.c \
	%D%/gre.c \
	%D%/gre_set.c \
	%D%/kinds.c \
	%D%/kinds.h \
	%D%/pair.c \
	%D%/qdiscs.c \
	%D%/qdiscs.h \
	%D%/tunnel.c \
	%D%/tunnel.h \
	%D%/tunnel_in.c \
	%D%/tunnel_link.c \
	%D%/tunnel_out.c \
	%D%/tunnel_set.c \
	%D%/veth.c \
	%D%/vlan.c \
	%D%/vlan.h \
	%D%/vlan_io.c \
	%D%/vlan_set.c \
	%D%/vrf.c \
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
	$(END)
