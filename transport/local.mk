noinst_LTLIBRARIES += libsea_transport.la
libsea_transport_la_SOURCES = \
	%D%/cmsg.c \
	%D%/cmsg.h \
	%D%/ip_sockopt.c \
	%D%/ports.c \
	%D%/ports.h \
	%D%/sockaddr.c \
	%D%/sockaddr.h \
	%D%/socket.c \
	%D%/sockopt.c \
	%D%/sockopt.h \
	%D%/tcp/cc.h \
	%D%/tcp/conn.h \
	%D%/tcp/passive.h \
	%D%/tcp/reasm.h \
	%D%/tcp/recovery.h \
	%D%/tcp/rtt.h \
	%D%/tcp/rx.h \
	%D%/tcp/sendbuf.h \
	%D%/tcp/state.h \
	%D%/tcp/table.h \
	%D%/tcp/txq.h \
	$(END)

EXTRA_DIST += \
	%D%/README.md \
	$(END)
