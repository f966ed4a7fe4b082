# Files of /proc/net.
UNIT_TESTS += \
	%D%/ip/proc \
	$(END)
FUZZ_TARGETS += tests/fuzz/procnet.fuzz
