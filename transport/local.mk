noinst_LTLIBRARIES += libsea_transport.la
libsea_transport_la_SOURCES =

EXTRA_DIST += \
	%D%/README.md
