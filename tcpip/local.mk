# Public headers, installed as <seastack/...>.
seastackincludedir = $(includedir)/seastack
seastackinclude_HEADERS = \
	%D%/seastack/addr.h \
	%D%/seastack/blocking.h \
	%D%/seastack/compiler.h \
	%D%/seastack/config.h \
	%D%/seastack/env.h \
	%D%/seastack/event.h \
	%D%/seastack/link.h \
	%D%/seastack/modules.h \
	%D%/seastack/os.h \
	%D%/seastack/pkt.h \
	%D%/seastack/save.h \
	%D%/seastack/socket.h \
	%D%/seastack/stack.h \
	%D%/seastack/stats.h \
	%D%/seastack/time.h \
	%D%/seastack/version.h \
	%D%/seastack/wrap.h \
	$(END)

noinst_LTLIBRARIES += libsea_tcpip.la
libsea_tcpip_la_SOURCES = \
	%D%/core/addr.c \
	%D%/core/assert.h \
	%D%/core/buf.c \
	%D%/core/checksum.c \
	%D%/core/checksum.h \
	%D%/core/checksum_avx2.c \
	%D%/core/counter.h \
	%D%/core/drop.c \
	%D%/core/drop.def \
	%D%/core/drop.h \
	%D%/core/event.c \
	%D%/core/framing_ether.c \
	%D%/core/framing_plain.c \
	%D%/core/gso.c \
	%D%/core/gso.h \
	%D%/core/gso_view.c \
	%D%/core/htable.c \
	%D%/core/htable.h \
	%D%/core/link.c \
	%D%/core/link.h \
	%D%/core/link_io.c \
	%D%/core/list.h \
	%D%/core/mib.def \
	%D%/core/module.h \
	%D%/core/pfifo.c \
	%D%/core/pkt.c \
	%D%/core/pkt.h \
	%D%/core/pkt_bytes.c \
	%D%/core/pkt_csum.c \
	%D%/core/pkt_settle.c \
	%D%/core/pool.c \
	%D%/core/pool.h \
	%D%/core/proto.h \
	%D%/core/rbtree.c \
	%D%/core/rbtree.h \
	%D%/core/rng.c \
	%D%/core/rng.h \
	%D%/core/rxchain.c \
	%D%/core/save.h \
	%D%/core/siphash.c \
	%D%/core/siphash.h \
	%D%/core/sock.c \
	%D%/core/sock.h \
	%D%/core/stack.c \
	%D%/core/stack.h \
	%D%/core/stats.c \
	%D%/core/sysctl.c \
	%D%/core/sysctl.h \
	%D%/core/timerq.c \
	%D%/core/timerq.h \
	%D%/core/truesize.c \
	%D%/core/version.c \
	%D%/core/vnet.c \
	%D%/ip/ifaddr.h \
	%D%/ip/ip.h \
	%D%/ip/ipv4.h \
	%D%/ip/lpm.c \
	%D%/ip/lpm.h \
	%D%/ip/lpm_key.h \
	%D%/ip/lpm_lookup.c \
	%D%/ip/lpm_next.c \
	%D%/ip/lpm_node.c \
	%D%/ip/lpm_node.h \
	%D%/ip/neigh.h \
	%D%/ip/route.h \
	%D%/wire/arp.c \
	%D%/wire/arp.h \
	%D%/wire/bytes.h \
	%D%/wire/ether.h \
	%D%/wire/icmp.h \
	%D%/wire/ipv4.c \
	%D%/wire/ipv4.h \
	%D%/wire/ipv6.h \
	%D%/wire/pcapng.c \
	%D%/wire/pcapng.h \
	%D%/wire/pcapng_read.c \
	%D%/wire/print.c \
	%D%/wire/print.h \
	%D%/wire/tcp.c \
	%D%/wire/tcp.h \
	%D%/wire/text.c \
	%D%/wire/text.h \
	%D%/wire/udp.h \
	$(END)

EXTRA_DIST += \
	%D%/README.md \
	$(END)
