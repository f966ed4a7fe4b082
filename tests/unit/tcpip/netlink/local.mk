# The netlink engine.
UNIT_TESTS += \
	%D%/addrs6 \
	%D%/genl \
	%D%/links \
	%D%/policy \
	%D%/route \
	%D%/route_forward \
	%D%/socket \
	$(END)
FUZZ_TARGETS += tests/fuzz/netlink.fuzz
