# To add a test program: one line in the list of its kind, sorted, naming the source without .c.
# A program of one source needs nothing else: it is linked with the whole library, internals
# included, and with cmocka. More sources: add a line  tests_unit_..._SOURCES = a.c b.c  as well.

UNIT_TESTS = \
	%D%/unit/tcpip/core/version

if HAVE_CMOCKA
TESTS += $(UNIT_TESTS)
check_PROGRAMS += $(UNIT_TESTS)
else
EXTRA_PROGRAMS = $(UNIT_TESTS)
endif

# Objects of test programs may leave the parameters unused that cmocka hands to each test.
tests/%.o: private AM_CFLAGS += -Wno-unused-parameter

LDADD = $(SEA_CONVENIENCE) $(CMOCKA_LIBS)

EXTRA_DIST += \
	%D%/README.md
