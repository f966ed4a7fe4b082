# The netlink engine.
UNIT_TESTS += \
	%D%/policy \
	%D%/socket \
	$(END)
FUZZ_TARGETS += tests/fuzz/netlink.fuzz
