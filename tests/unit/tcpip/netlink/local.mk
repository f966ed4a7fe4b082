# The netlink engine.
UNIT_TESTS += \
	%D%/addrs6 \
	%D%/ethtool \
	%D%/genl \
	%D%/links \
	%D%/news \
	%D%/neigh \
	%D%/policy \
	%D%/route \
	%D%/route_forward \
	%D%/queues \
	%D%/socket \
	%D%/tables \
	$(END)
tests_unit_tcpip_netlink_queues_SOURCES = \
	%D%/queue_asks.c \
	%D%/queue_asks.h \
	%D%/queues.c \
	%D%/queues_filters.c \
	%D%/queues_ingress.c \
	%D%/queues_netem.c \
	$(END)
tests_unit_tcpip_netlink_news_SOURCES = %D%/news.c $(ND_FIXTURE)
FUZZ_TARGETS += tests/fuzz/netlink.fuzz
