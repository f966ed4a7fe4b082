# The device under test, which tests may link, too.
noinst_LTLIBRARIES += libsea_dut.la
libsea_dut_la_SOURCES = \
	%D%/dut/call.def \
	%D%/dut/dut.c \
	%D%/dut/dut.h \
	$(END)

EXTRA_DIST += \
	%D%/README.md \
	$(END)
