# The device under test, and what it answers, written down; tests may link it, too.
noinst_LTLIBRARIES += libsea_dut.la
libsea_dut_la_SOURCES = \
	%D%/dut/around.c \
	%D%/dut/around.h \
	%D%/dut/call.def \
	%D%/dut/command.h \
	%D%/dut/command_client.c \
	%D%/dut/dut.c \
	%D%/dut/dut.h \
	%D%/dut/linux.c \
	%D%/dut/linux.h \
	%D%/dut/linux_call.c \
	%D%/dut/linux_config.c \
	%D%/dut/linux_sys.c \
	%D%/dut/linux_wire.c \
	%D%/dut/seastack.c \
	%D%/dut/seastack.h \
	%D%/dut/seastack_caps.c \
	%D%/dut/seastack_command.c \
	%D%/dut/seastack_command.h \
	%D%/dut/seastack_epoll.c \
	%D%/dut/seastack_fd.c \
	%D%/dut/seastack_file.c \
	%D%/dut/seastack_ip.c \
	%D%/dut/seastack_mem.c \
	%D%/dut/seastack_msg.c \
	%D%/dut/seastack_net.c \
	%D%/dut/seastack_op.c \
	%D%/dut/seastack_pipe.c \
	%D%/dut/seastack_poll.c \
	%D%/dut/seastack_sock.c \
	%D%/dut/seastack_splice.c \
	%D%/dut/seastack_tc.c \
	%D%/dut/seastack_wire.c \
	%D%/dut/seastack_wire.h \
	%D%/dut/shell.c \
	%D%/dut/shell.h \
	%D%/dut/shell_folder.c \
	%D%/dut/shell_folder.h \
	%D%/dut/shell_tree.c \
	%D%/dut/snippet.c \
	%D%/dut/snippet.h \
	%D%/record/info.c \
	%D%/record/info.h \
	%D%/record/recording.c \
	%D%/record/recording.h \
	%D%/record/sysctl.def \
	%D%/record/tap.c \
	%D%/record/tap.h \
	%D%/record/trace.c \
	%D%/record/trace.h \
	%D%/record/trace_packet.c \
	%D%/record/workload.c \
	%D%/record/workload.h \
	$(END)

# The language; the program, and all of it but main() as a library that its tests link.
noinst_LTLIBRARIES += libsea_impact.la
libsea_impact_la_SOURCES = \
	%D%/bench/bench.c \
	%D%/bench/bench.h \
	%D%/bench/build.c \
	%D%/bench/call.c \
	%D%/bench/layer.c \
	%D%/bench/layer.def \
	%D%/bench/layer.h \
	%D%/bench/match.c \
	%D%/bench/peer.c \
	%D%/bench/print.c \
	%D%/bench/run.c \
	%D%/bench/run.h \
	%D%/bench/state.h \
	%D%/bench/subjects.def \
	%D%/bench/subjects.h \
	%D%/bench/tests/datagrams.c \
	%D%/bench/tests/forwarding.c \
	%D%/bench/tests/fragments.c \
	%D%/bench/tests/groups.c \
	%D%/bench/tests/headers.c \
	%D%/bench/tests/icmp_errors.c \
	%D%/bench/tests/listeners.c \
	%D%/bench/tests/numbers.c \
	%D%/bench/tests/ping.c \
	%D%/lint/capture.h \
	%D%/lint/finding.def \
	%D%/lint/flow.c \
	%D%/lint/flow.h \
	%D%/lint/follow.c \
	%D%/lint/lint.c \
	%D%/lint/lint.h \
	%D%/lint/report.c \
	%D%/lint/report.h \
	%D%/lint/rules_accecn.c \
	%D%/lint/rules_ecn.c \
	%D%/lint/rules_handshake.c \
	%D%/lint/rules_header.c \
	%D%/lint/rules_retransmit.c \
	%D%/lint/rules_sack.c \
	%D%/lint/rules_sequence.c \
	%D%/lint/rules_timestamp.c \
	%D%/lint/rules_window.c \
	%D%/lint/segment.c \
	%D%/lint/segment.h \
	%D%/lint/sent.c \
	%D%/lint/sent.h \
	%D%/lint/svg.c \
	%D%/lint/svg.h \
	%D%/lint/unpack.c \
	%D%/lint/unpack.h \
	%D%/replay/act.c \
	%D%/replay/act.h \
	%D%/replay/answer.c \
	%D%/replay/answer.h \
	%D%/replay/program.c \
	%D%/replay/deviation.def \
	%D%/replay/fields.c \
	%D%/replay/guess.c \
	%D%/replay/hint.c \
	%D%/replay/hint.h \
	%D%/replay/map.c \
	%D%/replay/map.h \
	%D%/replay/match.c \
	%D%/replay/match.h \
	%D%/replay/midway.c \
	%D%/replay/midway.h \
	%D%/replay/notes.c \
	%D%/replay/notes.h \
	%D%/replay/play.c \
	%D%/replay/play.h \
	%D%/replay/quote.c \
	%D%/replay/report.c \
	%D%/replay/report.h \
	%D%/replay/setting.c \
	%D%/replay/state.h \
	%D%/replay/talk.c \
	%D%/replay/talk.h \
	%D%/replay/told.c \
	%D%/run/build.c \
	%D%/run/call.c \
	%D%/run/call.h \
	%D%/run/call_addr.c \
	%D%/run/call_ao.c \
	%D%/run/call_arg.c \
	%D%/run/call_check.c \
	%D%/run/call_msg.c \
	%D%/run/code.c \
	%D%/run/compare.c \
	%D%/run/config.c \
	%D%/run/config.h \
	%D%/run/eval.c \
	%D%/run/icmp.c \
	%D%/run/mac.c \
	%D%/run/mac.h \
	%D%/run/packet.c \
	%D%/run/python.c \
	%D%/run/python.h \
	%D%/run/run.c \
	%D%/run/run.h \
	%D%/run/seen.c \
	%D%/run/seen.h \
	%D%/run/sign.c \
	%D%/run/sign.h \
	%D%/run/state.h \
	%D%/run/tcp_info.def \
	%D%/run/wrap.c \
	%D%/run/wrap.h \
	%D%/script/arena.c \
	%D%/script/arena.h \
	%D%/script/capability.def \
	%D%/script/errno.def \
	%D%/script/error.c \
	%D%/script/lexer.c \
	%D%/script/lexer.h \
	%D%/script/load.c \
	%D%/script/number.c \
	%D%/script/number.h \
	%D%/script/parse.c \
	%D%/script/parse_encap.c \
	%D%/script/parse_expr.c \
	%D%/script/parse_option.c \
	%D%/script/parse_packet.c \
	%D%/script/parser.h \
	%D%/script/print.c \
	%D%/script/print_packet.c \
	%D%/script/script.h \
	%D%/script/symbol.c \
	%D%/script/symbol.def \
	%D%/script/symbol.h \
	%D%/verbs/capture.c \
	%D%/verbs/check.c \
	%D%/verbs/device.c \
	%D%/verbs/device.h \
	%D%/verbs/files.c \
	%D%/verbs/files.h \
	%D%/verbs/jobs.c \
	%D%/verbs/jobs.h \
	%D%/verbs/lint.c \
	%D%/verbs/record.c \
	%D%/verbs/record.h \
	%D%/verbs/replay.c \
	%D%/verbs/report.c \
	%D%/verbs/report.h \
	%D%/verbs/run.c \
	%D%/verbs/tags.c \
	%D%/verbs/verb.h \
	$(END)

# What lint reads takes libraries that may not be there; without one, a file that says so stands for it.
if HAVE_LIBPCAP
libsea_impact_la_SOURCES += %D%/lint/capture.c
else
libsea_impact_la_SOURCES += %D%/lint/capture_none.c
endif
if HAVE_ZLIB
libsea_impact_la_SOURCES += %D%/lint/gzip.c
else
libsea_impact_la_SOURCES += %D%/lint/gzip_none.c
endif
if HAVE_LIBZSTD
libsea_impact_la_SOURCES += %D%/lint/zstd.c
else
libsea_impact_la_SOURCES += %D%/lint/zstd_none.c
endif
if HAVE_LIBLZ4
libsea_impact_la_SOURCES += %D%/lint/lz4.c
else
libsea_impact_la_SOURCES += %D%/lint/lz4_none.c
endif
libsea_impact_la_CPPFLAGS = $(AM_CPPFLAGS) $(LIBPCAP_CFLAGS) $(ZLIB_CFLAGS) $(LIBZSTD_CFLAGS) $(LIBLZ4_CFLAGS)
libsea_impact_la_LIBADD = $(LIBPCAP_LIBS) $(ZLIB_LIBS) $(LIBZSTD_LIBS) $(LIBLZ4_LIBS)

# RFC 9293's labels with their tests, looked for anew each time; what has not changed stays as it is.
BUILT_SOURCES += %D%/tags.inc
CLEANFILES += %D%/tags.inc
%D%/tags.inc: look-for-tags
	$(AM_V_at)$(MKDIR_P) %D% && here=`pwd` && cd $(top_srcdir) && \
	files=`LC_ALL=C find tests packetimpact -name '*.[ch]' -o -name '*.pkt' -o -name '*.py' -o -name '*.sh' | \
		grep -v '^tests/tidy/' | LC_ALL=C sort | xargs grep -l 'RFC9293:'`; test -n "$$files" && \
	LC_ALL=C awk -f tools/rfc-tags.awk tests/rfc/9293.required $$files >$$here/$@.new && \
	if cmp -s $$here/$@.new $$here/$@; then rm $$here/$@.new; else mv $$here/$@.new $$here/$@; fi
look-for-tags:
.PHONY: look-for-tags
TAGS_OBJECT = $(filter %-tags.lo,$(am_libsea_impact_la_OBJECTS) $(libsea_impact_la_OBJECTS))
$(TAGS_OBJECT): %D%/tags.inc

bin_PROGRAMS += packetimpact/packetimpact
packetimpact_packetimpact_SOURCES = %D%/packetimpact.c
packetimpact_packetimpact_LDADD = libsea_impact.la libsea_dut.la libsea_tools.la $(SEA_CONVENIENCE)

# The second judge: a library for its test, and the shared object that the original packetdrill loads (not
# installed; -rpath makes it one).
noinst_LTLIBRARIES += libsea_judge.la libseastack-packetdrill.la
libsea_judge_la_SOURCES = \
	%D%/judge/plugin.c \
	%D%/judge/plugin.h \
	%D%/judge/plugin_calls.c \
	%D%/judge/plugin_options.c \
	%D%/judge/preload.c \
	$(END)
libseastack_packetdrill_la_SOURCES =
libseastack_packetdrill_la_LIBADD = libsea_judge.la libsea_dut.la libsea_tools.la $(SEA_CONVENIENCE) -lpthread
libseastack_packetdrill_la_LIBTOOLFLAGS =
libseastack_packetdrill_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere \
	-export-symbols-regex '^(packetdrill_interface_init|close|getsockopt|sendfile|system|times)$$'

EXTRA_DIST += \
	%D%/README.md \
	%D%/bench/README.md \
	%D%/bench/answers \
	%D%/lint/README.md \
	%D%/replay/README.md \
	%D%/tests \
	%D%/second-judge \
	$(END)

dist_man_MANS += %D%/man/packetimpact.1
