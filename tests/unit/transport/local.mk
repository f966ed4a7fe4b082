# What transport has beside the list of tests/local.mk.
UNIT_TESTS += \
	%D%/tcp/cc_dctcp \
	%D%/tcp/ecn \
	%D%/tcp/extreme \
	%D%/stamp \
	%D%/zerocopy \
	$(END)
