# What transport has beside the list of tests/local.mk.
UNIT_TESTS += \
	%D%/tcp/attack_flood \
	%D%/tcp/cc_bbr \
	%D%/tcp/cc_bbr_loss \
	%D%/tcp/cc_bbr3 \
	%D%/tcp/cc_bbr3_loss \
	%D%/tcp/accecn \
	%D%/tcp/cc_dctcp \
	%D%/tcp/cc_prague \
	%D%/tcp/prague \
	%D%/tcp/ecn \
	%D%/tcp/extreme \
	%D%/tcp/handover \
	%D%/tcp/model \
	%D%/tcp/repair \
	%D%/tcp/tx_delay \
	%D%/lent \
	%D%/lent_udp \
	%D%/procnet \
	%D%/stamp \
	%D%/txtime \
	%D%/zerocopy \
	$(END)
EXTRA_DIST += tests/rfc/5925.required
if HAVE_NETTLE
UNIT_TESTS += %D%/tcp/ao %D%/tcp/ao_ends %D%/tcp/ao_keys %D%/tcp/ao_repair %D%/tcp/ao_vectors %D%/tcp/ao_vrf %D%/tcp/md5 %D%/tcp/md5_keys
tests_unit_transport_tcp_ao_ends_SOURCES = %D%/tcp/ao_ends.c %D%/tcp/ao_peer.h %D%/tcp/md5_peer.h
tests_unit_transport_tcp_ao_repair_SOURCES = %D%/tcp/ao_repair.c %D%/tcp/ao_peer.h %D%/tcp/md5_peer.h
tests_unit_transport_tcp_ao_vrf_SOURCES = %D%/tcp/ao_vrf.c %D%/tcp/ao_peer.h %D%/tcp/md5_peer.h
tests_unit_transport_tcp_ao_SOURCES = %D%/tcp/ao.c %D%/tcp/ao_peer.h %D%/tcp/md5_peer.h
tests_unit_transport_tcp_ao_keys_SOURCES = %D%/tcp/ao_keys.c %D%/tcp/ao_peer.h %D%/tcp/md5_peer.h
tests_unit_transport_tcp_md5_SOURCES = %D%/tcp/md5.c %D%/tcp/md5_peer.h
tests_unit_transport_tcp_md5_keys_SOURCES = %D%/tcp/md5_keys.c %D%/tcp/md5_peer.h
else
UNIT_TESTS += %D%/tcp/md5_none
endif
tests_unit_transport_tcp_cc_bbr_SOURCES = %D%/tcp/cc_bbr.c %D%/tcp/pipe.h
tests_unit_transport_tcp_cc_bbr_loss_SOURCES = %D%/tcp/cc_bbr_loss.c %D%/tcp/pipe.h
tests_unit_transport_tcp_cc_bbr3_SOURCES = %D%/tcp/cc_bbr3.c %D%/tcp/pipe.h
tests_unit_transport_tcp_cc_bbr3_loss_SOURCES = %D%/tcp/cc_bbr3_loss.c %D%/tcp/pipe.h
tests_unit_transport_tcp_handover_SOURCES = \
	tests/lib/handover.c \
	tests/lib/handover.h \
	%D%/tcp/handover.c \
	$(END)
EXTRA_DIST += tests/rfc/9331.required
