noinst_LTLIBRARIES += libsea_transport.la
libsea_transport_la_SOURCES = \
	%D%/blocking.c \
	%D%/cmsg.c \
	%D%/cmsg.h \
	%D%/dgram.c \
	%D%/dgram.h \
	%D%/dgram_err.c \
	%D%/dgram_err.h \
	%D%/dgram_save.c \
	%D%/dgram_tx.c \
	%D%/ip_sockopt.c \
	%D%/modules_all.c \
	%D%/ping.c \
	%D%/ports.c \
	%D%/ports.h \
	%D%/sockaddr.c \
	%D%/sockaddr.h \
	%D%/socket.c \
	%D%/sockopt.c \
	%D%/sockopt.h \
	%D%/tcp/cc.c \
	%D%/tcp/cc.h \
	%D%/tcp/cc_cubic.c \
	%D%/tcp/cc_reno.c \
	%D%/tcp/ack.c \
	%D%/tcp/ack_policy.c \
	%D%/tcp/cc.h \
	%D%/tcp/conn.c \
	%D%/tcp/conn.h \
	%D%/tcp/input.c \
	%D%/tcp/mss.c \
	%D%/tcp/output.c \
	%D%/tcp/passive.h \
	%D%/tcp/prr.c \
	%D%/tcp/prr.h \
	%D%/tcp/rack.c \
	%D%/tcp/rack.h \
	%D%/tcp/reasm.h \
	%D%/tcp/recovery.h \
	%D%/tcp/recstate.h \
	%D%/tcp/rtt.c \
	%D%/tcp/rtt.h \
	%D%/tcp/rx.h \
	%D%/tcp/sendbuf.c \
	%D%/tcp/poll.c \
	%D%/tcp/reasm.c \
	%D%/tcp/reasm.h \
	%D%/tcp/recovery.h \
	%D%/tcp/recv.c \
	%D%/tcp/rtt.h \
	%D%/tcp/rx.h \
	%D%/tcp/rx_steps.c \
	%D%/tcp/rx_syn_sent.c \
	%D%/tcp/segment.c \
	%D%/tcp/send.c \
	%D%/tcp/sendbuf.h \
	%D%/tcp/socket.h \
	%D%/tcp/state.h \
	%D%/tcp/table.h \
	%D%/tcp/txq.c \
	%D%/tcp/txq.h \
	%D%/udp.c \
	%D%/udp.h \
	%D%/udp_input.c \
	%D%/udp_output.c \
	%D%/udp_save.c \
	%D%/udp_table.c \
	$(END)
	%D%/tcp/text.c \
	%D%/tcp/timers.c \
	%D%/tcp/txq.h \
	%D%/tcp/windows.c

EXTRA_DIST += \
	%D%/README.md \
	$(END)
