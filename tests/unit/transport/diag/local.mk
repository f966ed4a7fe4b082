# NETLINK_SOCK_DIAG and tcp_metrics.
UNIT_TESTS += \
	%D%/bytecode \
	%D%/dump \
	%D%/metrics \
	$(END)
