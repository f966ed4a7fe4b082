noinst_LTLIBRARIES += libsea_transport.la
libsea_transport_la_SOURCES = \
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
