# To add a test in C: one line in the list of its kind, sorted, naming the source without its .c.
# It is linked with the whole library, internals included, and with cmocka. A test of more sources
# also needs  tests_unit_tcpip_core_x_SOURCES = %D%/unit/tcpip/core/x.c %D%/unit/helper.c
# (its own first); data that it reads goes into EXTRA_DIST.

UNIT_TESTS = \
	%D%/unit/packetimpact/dut/calls \
	%D%/unit/packetimpact/dut/kernel \
	%D%/unit/packetimpact/dut/ready \
	%D%/unit/packetimpact/dut/shell \
	%D%/unit/packetimpact/dut/splice \
	%D%/unit/packetimpact/judge/plugin \
	%D%/unit/packetimpact/record/recording \
	%D%/unit/packetimpact/record/trace \
	%D%/unit/link/capture \
	%D%/unit/link/drops \
	%D%/unit/link/fault \
	%D%/unit/link/gro \
	%D%/unit/link/os/driver \
	%D%/unit/link/pair \
	%D%/unit/packetimpact/run/config \
	%D%/unit/packetimpact/run/wrap \
	%D%/unit/packetimpact/script/parse \
	%D%/unit/tcpip/ip/anycast \
	%D%/unit/tcpip/ip/arp_policy \
	%D%/unit/tcpip/ip/forward \
	%D%/unit/tcpip/ip/forward6 \
	%D%/unit/tcpip/ip/forward_super \
	%D%/unit/tcpip/ip/frag \
	%D%/unit/tcpip/ip/frag6 \
	%D%/unit/tcpip/ip/frag_save \
	%D%/unit/tcpip/ip/addrlabel \
	%D%/unit/tcpip/ip/addrsel6 \
	%D%/unit/tcpip/ip/attack6 \
	%D%/unit/tcpip/ip/attack_icmp \
	%D%/unit/tcpip/ip/dad \
	%D%/unit/tcpip/ip/group \
	%D%/unit/tcpip/ip/ifaddr6 \
	%D%/unit/tcpip/ip/ifid \
	%D%/unit/tcpip/ip/icmp \
	%D%/unit/tcpip/ip/ipv4_fragment \
	%D%/unit/tcpip/ip/icmp6 \
	%D%/unit/tcpip/ip/igmp \
	%D%/unit/tcpip/ip/ifaddr \
	%D%/unit/tcpip/ip/ipv4_input \
	%D%/unit/tcpip/ip/ipv4_options \
	%D%/unit/tcpip/ip/ipv4_output \
	%D%/unit/tcpip/ip/ipv4_save \
	%D%/unit/tcpip/ip/ipv6_ext \
	%D%/unit/tcpip/ip/ipv6_input \
	%D%/unit/tcpip/ip/ipv6_output \
	%D%/unit/tcpip/ip/ipv6_save \
	%D%/unit/tcpip/ip/lpm \
	%D%/unit/tcpip/ip/lpm_wide \
	%D%/unit/tcpip/ip/mld \
	%D%/unit/tcpip/ip/mroute \
	%D%/unit/tcpip/ip/mroute_wire \
	%D%/unit/tcpip/ip/ndp \
	%D%/unit/tcpip/ip/ndp_proxy \
	%D%/unit/tcpip/ip/neigh \
	%D%/unit/tcpip/ip/neigh_kept \
	%D%/unit/tcpip/ip/nexthop \
	%D%/unit/tcpip/ip/forward_header \
	%D%/unit/tcpip/ip/requirements4 \
	%D%/unit/tcpip/ip/requirements6 \
	%D%/unit/tcpip/ip/requirements_nd \
	%D%/unit/tcpip/ip/route \
	%D%/unit/tcpip/ip/route6 \
	%D%/unit/tcpip/ip/route_model \
	%D%/unit/tcpip/ip/rule \
	%D%/unit/tcpip/ip/ra \
	%D%/unit/tcpip/ip/ra_dns \
	%D%/unit/tcpip/ip/ra_flood \
	%D%/unit/tcpip/ip/redirect \
	%D%/unit/tcpip/ip/rs \
	%D%/unit/tcpip/ip/slaac \
	%D%/unit/tcpip/ip/tempaddr \
	%D%/unit/tcpip/ip/vrf \
	%D%/unit/tcpip/wire/arp \
	%D%/unit/tcpip/wire/ipv4 \
	%D%/unit/tcpip/wire/ndp \
	%D%/unit/tcpip/wire/pcapng \
	%D%/unit/tcpip/wire/print \
	%D%/unit/tcpip/wire/tcp \
	%D%/unit/tcpip/wire/text \
	%D%/unit/transport/blocking \
	%D%/unit/transport/cmsg \
	%D%/unit/transport/mcast \
	%D%/unit/transport/mcast6 \
	%D%/unit/transport/mcast_send \
	%D%/unit/transport/large \
	%D%/unit/transport/ping \
	%D%/unit/transport/ping6 \
	%D%/unit/transport/ports \
	%D%/unit/transport/save \
	%D%/unit/transport/socket \
	%D%/unit/transport/sockopt \
	%D%/unit/transport/tcp/ack_compression \
	%D%/unit/transport/tcp/acks \
	%D%/unit/transport/tcp/attack_ack \
	%D%/unit/transport/tcp/attack_end \
	%D%/unit/transport/tcp/attack_fuzz \
	%D%/unit/transport/tcp/attack_recv \
	%D%/unit/transport/tcp/attack_slow \
	%D%/unit/transport/tcp/attack_timers \
	%D%/unit/transport/tcp/autocork \
	%D%/unit/transport/tcp/bind \
	%D%/unit/transport/tcp/cc \
	%D%/unit/transport/tcp/closing \
	%D%/unit/transport/tcp/cookie \
	%D%/unit/transport/tcp/fastopen \
	%D%/unit/transport/tcp/drops \
	%D%/unit/transport/tcp/fwmark \
	%D%/unit/transport/tcp/handshake \
	%D%/unit/transport/tcp/icmp \
	%D%/unit/transport/tcp/icmp6 \
	%D%/unit/transport/tcp/idle \
	%D%/unit/transport/tcp/keepalive \
	%D%/unit/transport/tcp/loss_wire \
	%D%/unit/transport/tcp/lossy \
	%D%/unit/transport/tcp/memory \
	%D%/unit/transport/tcp/memory_end \
	%D%/unit/transport/tcp/mss \
	%D%/unit/transport/tcp/mtup \
	%D%/unit/transport/tcp/opening \
	%D%/unit/transport/tcp/pacing \
	%D%/unit/transport/tcp/parts \
	%D%/unit/transport/tcp/peers \
	%D%/unit/transport/tcp/paths \
	%D%/unit/transport/tcp/prr \
	%D%/unit/transport/tcp/rack \
	%D%/unit/transport/tcp/rcvbuf \
	%D%/unit/transport/tcp/reading \
	%D%/unit/transport/tcp/reasm \
	%D%/unit/transport/tcp/recovery \
	%D%/unit/transport/tcp/reset \
	%D%/unit/transport/tcp/retries \
	%D%/unit/transport/tcp/route_metrics \
	%D%/unit/transport/tcp/rtt \
	%D%/unit/transport/tcp/save \
	%D%/unit/transport/tcp/scoreboard \
	%D%/unit/transport/tcp/seen \
	%D%/unit/transport/tcp/sendbuf \
	%D%/unit/transport/tcp/sending \
	%D%/unit/transport/tcp/sockopt \
	%D%/unit/transport/tcp/time_wait \
	%D%/unit/transport/tcp/txq \
	%D%/unit/transport/tcp/urgent \
	%D%/unit/transport/loopback_mtu \
	%D%/unit/transport/tiny_mtu \
	%D%/unit/transport/udp \
	%D%/unit/transport/ext_send \
	%D%/unit/transport/flow_lease \
	%D%/unit/transport/udp6_input \
	%D%/unit/transport/udp_bind \
	%D%/unit/transport/udp_cork \
	%D%/unit/transport/udp_errors \
	%D%/unit/transport/udp_input \
	%D%/unit/transport/udp_output \
	$(END)

# Stacks with a link, and frames made to order.
LINK_FIXTURE = %D%/unit/link/fixture.c %D%/unit/link/fixture.h
tests_unit_link_capture_SOURCES = %D%/unit/link/capture.c $(LINK_FIXTURE)
tests_unit_link_drops_SOURCES = %D%/unit/link/drops.c $(LINK_FIXTURE)
tests_unit_link_fault_SOURCES = %D%/unit/link/fault.c $(LINK_FIXTURE)
tests_unit_link_gro_SOURCES = %D%/unit/link/gro.c $(LINK_FIXTURE)
tests_unit_link_os_driver_SOURCES = %D%/unit/link/os/driver.c $(LINK_FIXTURE)
tests_unit_link_pair_SOURCES = %D%/unit/link/pair.c $(LINK_FIXTURE)
tests_unit_tcpip_core_gso_SOURCES = %D%/unit/tcpip/core/gso.c $(LINK_FIXTURE)
tests_unit_tcpip_core_rxchain_SOURCES = %D%/unit/tcpip/core/rxchain.c $(LINK_FIXTURE)
tests_unit_tcpip_core_vnet_SOURCES = %D%/unit/tcpip/core/vnet.c $(LINK_FIXTURE)

# A host on a link with routers.
ND_FIXTURE = %D%/unit/tcpip/ip/nd_fixture.c %D%/unit/tcpip/ip/nd_fixture.h
tests_unit_tcpip_ip_dad_SOURCES = %D%/unit/tcpip/ip/dad.c $(ND_FIXTURE)
tests_unit_tcpip_ip_ifaddr6_SOURCES = %D%/unit/tcpip/ip/ifaddr6.c $(ND_FIXTURE)
tests_unit_tcpip_ip_ra_SOURCES = %D%/unit/tcpip/ip/ra.c $(ND_FIXTURE)
tests_unit_tcpip_ip_ra_flood_SOURCES = %D%/unit/tcpip/ip/ra_flood.c $(ND_FIXTURE)
tests_unit_tcpip_ip_requirements_nd_SOURCES = %D%/unit/tcpip/ip/requirements_nd.c $(ND_FIXTURE)
tests_unit_tcpip_ip_rs_SOURCES = %D%/unit/tcpip/ip/rs.c $(ND_FIXTURE)
tests_unit_tcpip_ip_slaac_SOURCES = %D%/unit/tcpip/ip/slaac.c $(ND_FIXTURE)
tests_unit_tcpip_ip_tempaddr_SOURCES = %D%/unit/tcpip/ip/tempaddr.c $(ND_FIXTURE)

# In shell or python3; exit status 77, with the reason in the last line, skips.
SCRIPT_TESTS = \
	%D%/unit/packetimpact/hostile.sh \
	%D%/unit/packetimpact/scripts.sh \
	%D%/unit/tools/cli.sh \
	%D%/unit/tools/man.sh \
	%D%/unit/tools/packages.sh \
	$(END)

# Whole stacks in virtual time.
SIM_TESTS = \
	%D%/sim/sim \
	%D%/sim/cast \
	$(END)

# The simulator; also what tests/fault and tests/fuzz let fail and be fed.
SIMULATOR = \
	%D%/sim/apps.c \
	%D%/sim/apps.h \
	%D%/sim/apps_priv.h \
	%D%/sim/check.c \
	%D%/sim/check.h \
	%D%/sim/check_dgram.c \
	%D%/sim/check_tcp.c \
	%D%/sim/echo.c \
	%D%/sim/env.c \
	%D%/sim/host.c \
	%D%/sim/net.c \
	%D%/sim/nic.c \
	%D%/sim/plan.c \
	%D%/sim/restore.c \
	%D%/sim/run.c \
	%D%/sim/run.h \
	%D%/sim/sim.h \
	%D%/sim/stream.c \
	%D%/sim/trace.c \
	%D%/sim/wire.c \
	%D%/sim/world.c \
	$(END)
tests_sim_sim_SOURCES = \
	%D%/sim/main.c \
	%D%/sim/paths.c \
	%D%/sim/results.c \
	%D%/sim/scene.c \
	%D%/sim/scene.h \
	%D%/sim/scene_net.c \
	$(SIMULATOR) \
	$(END)

# What fails when an allocation or a link does.
FAULT_TESTS = \
	%D%/fault/autoconf6 \
	%D%/fault/exchange \
	%D%/fault/ipv4 \
	%D%/fault/ipv6 \
	%D%/fault/mroute \
	%D%/fault/routes \
	%D%/fault/sockets \
	%D%/fault/streams \
	$(END)

tests_fault_autoconf6_SOURCES = %D%/fault/autoconf6.c $(ND_FIXTURE)
tests_fault_exchange_SOURCES = %D%/fault/exchange.c $(SIMULATOR)

# A target is  fuzz/NAME.fuzz : it is built from fuzz/NAME.c, which defines LLVMFuzzerTestOneInput
# and no main, and replays fuzz/corpus/NAME/ (EXTRA_DIST takes whole folders).
FUZZ_TARGETS = \
	%D%/fuzz/addr.fuzz \
	%D%/fuzz/frag.fuzz \
	%D%/fuzz/http.fuzz \
	%D%/fuzz/igmp.fuzz \
	%D%/fuzz/ipv4.fuzz \
	%D%/fuzz/ipv6_ext.fuzz \
	%D%/fuzz/nd_host.fuzz \
	%D%/fuzz/mld.fuzz \
	%D%/fuzz/mroute.fuzz \
	%D%/fuzz/ndp.fuzz \
	%D%/fuzz/offload.fuzz \
	%D%/fuzz/pcapng.fuzz \
	%D%/fuzz/print.fuzz \
	%D%/fuzz/script.fuzz \
	%D%/fuzz/script_run.fuzz \
	%D%/fuzz/stack.fuzz \
	%D%/fuzz/stack_ipv4.fuzz \
	%D%/fuzz/stack_ipv6.fuzz \
	%D%/fuzz/tcp.fuzz \
	%D%/fuzz/udp_calls.fuzz \
	$(END)

tests_fuzz_stack_fuzz_SOURCES = \
	%D%/fuzz/stack.c \
	%D%/fuzz/stack.h \
	%D%/fuzz/stack_call.c \
	%D%/fuzz/stack_frame.c \
	$(SIMULATOR) \
	$(END)

# Against the real kernel; scripts as above. The longest first, those that wait for the kernel's timers and those
# that compute by turns.
NETNS_TESTS = \
	%D%/netns/multicast_reports.py \
	%D%/netns/relay.py \
	%D%/netns/multicast.py \
	%D%/netns/udp_services.py \
	%D%/netns/redirects.py \
	%D%/netns/tcp_services.py \
	%D%/netns/tcp_bad_wire.py \
	%D%/netns/tcp_settings.py \
	%D%/netns/active_open.py \
	%D%/netns/iperf3.py \
	%D%/netns/fragments.py \
	%D%/netns/anycast.py \
	%D%/netns/blocking.sh \
	%D%/netns/failover.py \
	%D%/netns/flow_labels.sh \
	%D%/netns/pkt_options.sh \
	%D%/netns/forwarding.py \
	%D%/netns/icmp_errors.sh \
	%D%/netns/multicast_routing.py \
	%D%/netns/ndp_proxy.py \
	%D%/netns/poll_masks.sh \
	%D%/netns/ports.sh \
	%D%/netns/slaac.py \
	%D%/netns/routes.py \
	%D%/netns/sysctls.sh \
	%D%/netns/tcp_options.sh \
	%D%/netns/tools_http.py \
	%D%/netns/tools_router.py \
	%D%/netns/tools_up.py \
	%D%/netns/socket_calls.sh \
	%D%/netns/services6.py \
	%D%/netns/unfinished_checksums.py \
	$(END)

# What those scripts start.
NETNS_PEERS = \
	%D%/netns/flow_labels_peer \
	%D%/netns/pkt_options_peer \
	%D%/netns/icmp_errors_conn_peer \
	%D%/netns/icmp_errors_peer \
	%D%/netns/anycast_peer \
	%D%/netns/blocking_peer \
	%D%/netns/multicast_peer \
	%D%/netns/multicast_routing_peer \
	%D%/netns/ndp_proxy_peer \
	%D%/netns/poll_masks_peer \
	%D%/netns/ports_peer \
	%D%/netns/relay_peer \
	%D%/netns/routes_peer \
	%D%/netns/socket_calls_peer \
	%D%/netns/sysctls_peer \
	%D%/netns/tcp_options_peer \
	$(END)

tests_netns_socket_calls_peer_SOURCES = \
	%D%/netns/socket_calls_any.h \
	%D%/netns/socket_calls_peer.c \
	$(END)

tests_netns_icmp_errors_peer_SOURCES = \
	%D%/netns/icmp_errors.h \
	%D%/netns/icmp_errors_peer.c \
	$(END)

tests_netns_icmp_errors_conn_peer_SOURCES = \
	%D%/netns/icmp_errors.h \
	%D%/netns/icmp_errors_conn_peer.c \
	%D%/netns/world.c \
	%D%/netns/world.h \
	$(END)

tests_netns_poll_masks_peer_SOURCES = %D%/netns/poll_masks_peer.c %D%/netns/world.c %D%/netns/world.h

tests_netns_flow_labels_peer_SOURCES = %D%/netns/flow_labels_peer.c %D%/netns/world.c %D%/netns/world.h
tests_netns_pkt_options_peer_SOURCES = %D%/netns/pkt_options_peer.c %D%/netns/world.c %D%/netns/world.h

tests_netns_sysctls_peer_SOURCES = \
	%D%/netns/sysctls_meant.def \
	%D%/netns/sysctls_peer.c \
	%D%/netns/world.c \
	%D%/netns/world.h \
	$(END)

tests_netns_tcp_options_peer_SOURCES = \
	%D%/netns/tcp_options_meant.def \
	%D%/netns/tcp_options_meant.h \
	%D%/netns/tcp_options_peer.c \
	%D%/netns/world.c \
	%D%/netns/world.h \
	$(END)

# It needs no more of the library than it exports.
tests_netns_relay_peer_SOURCES = \
	%D%/netns/relay.h \
	%D%/netns/relay_peer.c \
	%D%/netns/relay_tcp.c \
	%D%/netns/relay_udp.c \
	$(END)
tests_netns_relay_peer_LDADD = libsea_impact.la libsea_dut.la libsea_tools.la libseastack.la

# Not run by make check: make bench builds them.
BENCHMARKS = \
	%D%/bench/checksum \
	%D%/bench/flood \
	%D%/bench/flows \
	%D%/bench/htable \
	%D%/bench/impair \
	%D%/bench/load \
	%D%/bench/lpm \
	%D%/bench/neigh \
	%D%/bench/routes \
	%D%/bench/stackside \
	%D%/bench/timerq \
	%D%/bench/toy \
	$(END)

TIDY_TESTS = \
	%D%/tidy/headers.py \
	%D%/tidy/format.py \
	%D%/tidy/attack_cases.py \
	%D%/tidy/arrows.py \
	%D%/tidy/dist.py \
	%D%/tidy/drops.py \
	%D%/tidy/install.py \
	%D%/tidy/length.py \
	%D%/tidy/man.py \
	%D%/tidy/places.py \
	%D%/tidy/readmes.py \
	%D%/tidy/rfc_tags.py \
	%D%/tidy/symbols.py \
	$(END)

include tests/bench/local.mk
include tests/netns/local.mk
include tests/fuzz/differ/local.mk
include tests/fuzz/local.mk
include tests/unit/packetimpact/bench/local.mk
include tests/unit/packetimpact/lint/local.mk
include tests/unit/packetimpact/list/local.mk
include tests/unit/packetimpact/replay/local.mk
include tests/unit/sentry-glue/local.mk
include tests/sim/local.mk
include tests/unit/transport/local.mk
include tests/unit/tcpip/core/local.mk
include tests/unit/tools/local.mk
include tests/unit/tcpip/local.mk
include tests/unit/tcpip/netlink/local.mk
include tests/unit/link/device/local.mk
include tests/unit/link/qdisc/local.mk
include tests/unit/transport/diag/local.mk
include tests/sentry/local.mk
C_TESTS = $(UNIT_TESTS) $(SIM_TESTS) $(FAULT_TESTS) $(DIFFER_TESTS)

# The longest first: tests run side by side, and the short ones fill what is left at the end.
if HAVE_CMOCKA
TESTS += $(SIM_TESTS)
endif
TESTS += $(NETNS_TESTS) $(SCRIPT_TESTS)
if HAVE_PYTHON
TESTS += $(TIDY_TESTS)
else
TESTS += %D%/tidy/no_python.sh
endif
if HAVE_CMOCKA
TESTS += $(FAULT_TESTS) $(UNIT_TESTS) $(DIFFER_TESTS)
check_PROGRAMS += $(C_TESTS) $(NETNS_PEERS)
else
TESTS += %D%/unit/no_cmocka.sh
EXTRA_PROGRAMS += $(C_TESTS) $(NETNS_PEERS)
endif
TESTS += $(FUZZ_TARGETS)
check_PROGRAMS += $(FUZZ_TARGETS)

EXTRA_PROGRAMS += $(BENCHMARKS)
bench: $(BENCHMARKS)
.PHONY: bench

# A program without a main, which only a fuzz target is, takes the one that replays; with
# --enable-fuzzers, libFuzzer's.
check_LTLIBRARIES += libsea_replay.la
libsea_replay_la_SOURCES = %D%/fuzz/replay_main.c
LDADD = libsea_impact.la libsea_dut.la libsea_tools.la $(SEA_CONVENIENCE) $(CMOCKA_LIBS)

tests_unit_packetimpact_judge_plugin_LDADD = libsea_judge.la $(LDADD) -lpthread

# A stack with a test on the other end of its wire; linked where it is used.
if HAVE_CMOCKA
check_LTLIBRARIES += libsea_fixture.la
libsea_fixture_la_SOURCES = \
	%D%/lib/routes.h \
	%D%/lib/stack_fixture.c \
	%D%/lib/stack_fixture.h \
	%D%/lib/stack_fixture6.c \
	%D%/lib/tcp_script.c \
	%D%/lib/tcp_script.h \
	$(END)
LDADD += libsea_fixture.la $(SEA_CONVENIENCE)
endif
if ENABLE_FUZZERS
tests/fuzz/%.fuzz: private AM_LDFLAGS += -fsanitize=fuzzer
else
LDADD += libsea_replay.la
endif

# Hundreds of programs are linked here: by what finds its libraries sooner than libtool does, and with
# the fastest linker there is.
tests/%: private LIBTOOL = $(SHELL) $(top_srcdir)/tools/lib/link.sh $(SHELL) $(top_builddir)/libtool
tests/%: private AM_LDFLAGS += $(SEA_TEST_LDFLAGS)

# cmocka hands each test a state that few use.
tests/%.o: private AM_CFLAGS += -Wno-unused-parameter

# What a test may ask of its surroundings. A test that hangs has failed.
TEST_SECONDS = 600
TEST_RUNNER = $(if $(TIMEOUT),$(TIMEOUT) --kill-after=10 $(TEST_SECONDS))
TEST_EXTENSIONS = .py .sh .fuzz
LOG_COMPILER = $(TEST_RUNNER)
SH_LOG_COMPILER = $(TEST_RUNNER)
PY_LOG_COMPILER = $(TEST_RUNNER) $(PYTHON)
FUZZ_LOG_COMPILER = $(TEST_RUNNER) $(top_srcdir)/tests/fuzz/replay.sh
AM_TESTS_ENVIRONMENT = \
	SEA_SRCDIR='$(abs_top_srcdir)'; export SEA_SRCDIR; \
	SEA_BUILDDIR='$(abs_top_builddir)'; export SEA_BUILDDIR; \
	SEA_SANITIZERS='$(SEA_SANITIZER_LIST)'; export SEA_SANITIZERS; \
	SEA_COVERAGE='$(enable_coverage)'; export SEA_COVERAGE; \
	SEA_FUZZERS='$(enable_fuzzers)'; export SEA_FUZZERS; \
	CC='$(CC)'; export CC; \
	CXX_CHECK='$(CXX_CHECK)'; export CXX_CHECK; \
	CLANG_FORMAT='$(CLANG_FORMAT)'; export CLANG_FORMAT; \
	AR='$(AR)'; export AR; \
	NM='$(NM)'; export NM; \
	UBSAN_OPTIONS="$${UBSAN_OPTIONS-print_stacktrace=1}"; export UBSAN_OPTIONS; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	$(END)

EXTRA_DIST += \
	$(NETNS_TESTS) \
	$(TIDY_TESTS) \
	$(SCRIPT_TESTS) \
	%D%/README.md \
	%D%/netns/handmade.py \
	%D%/attack.cases \
	%D%/rfc/1122.required \
	%D%/rfc/1812.required \
	%D%/rfc/3168.required \
	%D%/rfc/4443.required \
	%D%/rfc/4861.required \
	%D%/rfc/4862.required \
	%D%/rfc/791.required \
	%D%/rfc/8200.required \
	%D%/rfc/8257.required \
	%D%/rfc/8504.required \
	%D%/rfc/9293.required \
	%D%/rfc/9768.required \
	%D%/netns/netns.py \
	%D%/netns/own_net.sh \
	%D%/netns/relaying.py \
	%D%/netns/streams.py \
	%D%/netns/wires.py \
	%D%/bench/bench.h \
	%D%/bench/README.md \
	%D%/bench/forward \
	%D%/bench/lossy \
	%D%/bench/run \
	%D%/fuzz/corpus \
	%D%/fuzz/README.md \
	%D%/fuzz/replay.sh \
	%D%/fault/every.h \
	%D%/fuzz/env.h \
	%D%/lib/arp.h \
	%D%/lib/env.h \
	%D%/lib/mcast.h \
	%D%/lib/mroute.h \
	%D%/lib/snapshot.h \
	%D%/lib/sockets.h \
	%D%/lib/udp_peer.h \
	%D%/sim/README.md \
	%D%/sim/golden/results.txt \
	%D%/tidy/no_python.sh \
	%D%/tidy/symbols.allow \
	%D%/tidy/tidy.py \
	%D%/unit/no_cmocka.sh \
	%D%/unit/packetimpact/dut/host.h \
	%D%/unit/packetimpact/hostile \
	%D%/unit/tcpip/ip/fragments.h \
	%D%/unit/tcpip/wire/frames.h \
	%D%/unit/tools/host/spec.h \
	%D%/unit/transport/tcp/sender.h \
	$(END)
