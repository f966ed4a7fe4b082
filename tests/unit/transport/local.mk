# What TCP has beside the list of tests/local.mk.
UNIT_TESTS += \
	%D%/tcp/ecn \
# What sockets tell of what they have sent.
UNIT_TESTS += \
	%D%/zerocopy \
	$(END)
