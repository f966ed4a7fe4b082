# NETLINK_SOCK_DIAG.
UNIT_TESTS += \
	%D%/bytecode \
	%D%/dump \
	$(END)
