# More tests of TCP: those that came last (the others stand in tests/local.mk).
UNIT_TESTS += \
	%D%/extreme \
	$(END)
