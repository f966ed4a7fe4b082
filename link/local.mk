# Everything here is pure; what makes system calls is in os/ and in a library of its own.
noinst_LTLIBRARIES += libsea_link.la libsea_os.la
libsea_link_la_SOURCES =

libsea_os_la_SOURCES =

EXTRA_DIST += \
	%D%/README.md
