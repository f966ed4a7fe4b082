# Everything here is pure; what makes system calls is in os/ and in a library of its own.
noinst_LTLIBRARIES += libsea_link.la libsea_os.la
libsea_link_la_SOURCES = \
	%D%/capture.c \
	%D%/fault.c \
	%D%/fifo.c \
	%D%/fq.c \
	%D%/fq.h \
	%D%/fq_flow.c \
	%D%/gro.c \
	%D%/pair.c \
	%D%/qdiscs.c \
	%D%/qdiscs.h \
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
