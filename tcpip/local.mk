# Public headers, installed as <seastack/...>.
seastackincludedir = $(includedir)/seastack
seastackinclude_HEADERS = \
	%D%/seastack/compiler.h \
	%D%/seastack/version.h

noinst_LTLIBRARIES += libsea_tcpip.la
libsea_tcpip_la_SOURCES = \
	%D%/core/version.c

EXTRA_DIST += \
	%D%/README.md
