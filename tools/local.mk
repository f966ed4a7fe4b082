# The program, and all of it but main() as a library that its tests link.
noinst_LTLIBRARIES += libsea_tools.la
libsea_tools_la_SOURCES = \
	%D%/cli/json.c \
	%D%/cli/json.h \
	%D%/cli/option.c \
	%D%/cli/option.h \
	%D%/cli/parse.c \
	%D%/cli/parse.h \
	%D%/cli/say.c \
	%D%/cli/say.h \
	%D%/cli/text.c \
	%D%/cli/text.h \
	%D%/control/addrs.c \
	%D%/control/client.c \
	%D%/control/command.c \
	%D%/control/control.h \
	%D%/control/neigh.c \
	%D%/control/path.c \
	%D%/control/path.h \
	%D%/control/prometheus.c \
	%D%/control/report.c \
	%D%/control/report.h \
	%D%/control/routes.c \
	%D%/control/server.c \
	%D%/control/session.c \
	%D%/control/session.h \
	%D%/control/sockets.c \
	%D%/control/walk.c \
	%D%/exec/call.c \
	%D%/exec/calls.def \
	%D%/exec/enter.c \
	%D%/exec/enter.h \
	%D%/exec/exec.h \
	%D%/exec/file.c \
	%D%/exec/filter.c \
	%D%/exec/filter.h \
	%D%/exec/memory.c \
	%D%/exec/message.c \
	%D%/exec/mirror.c \
	%D%/exec/name.c \
	%D%/exec/option.c \
	%D%/exec/path.c \
	%D%/exec/path.h \
	%D%/exec/patience.c \
	%D%/exec/recv.c \
	%D%/exec/send.c \
	%D%/exec/server.c \
	%D%/exec/server.h \
	%D%/exec/standin.c \
	%D%/exec/stat.c \
	%D%/exec/standin.h \
	%D%/host/capture_file.c \
	%D%/host/capture_file.h \
	%D%/host/config.c \
	%D%/host/config.h \
	%D%/host/device.c \
	%D%/host/device.h \
	%D%/host/fault_profile.c \
	%D%/host/fault_profile.h \
	%D%/host/host.c \
	%D%/host/host.h \
	%D%/host/link.c \
	%D%/host/link.h \
	%D%/host/peer.c \
	%D%/host/peer.h \
	%D%/host/mroute_spec.c \
	%D%/host/mroute_spec.h \
	%D%/host/multicast.c \
	%D%/host/multicast.h \
	%D%/host/route_spec.c \
	%D%/host/route_spec.h \
	%D%/host/routes.c \
	%D%/host/routes.h \
	%D%/host/watch.c \
	%D%/host/watch.h \
	%D%/http/conn.c \
	%D%/http/conn.h \
	%D%/http/content.c \
	%D%/http/content.h \
	%D%/http/date.c \
	%D%/http/date.h \
	%D%/http/download.c \
	%D%/http/download.h \
	%D%/http/fetch.c \
	%D%/http/fetch.h \
	%D%/http/head.c \
	%D%/http/head.h \
	%D%/http/listing.c \
	%D%/http/listing.h \
	%D%/http/range.c \
	%D%/http/range.h \
	%D%/http/reply.c \
	%D%/http/reply.h \
	%D%/http/request.c \
	%D%/http/request.h \
	%D%/http/response.c \
	%D%/http/response.h \
	%D%/http/server.c \
	%D%/http/server.h \
	%D%/http/type.c \
	%D%/http/type.h \
	%D%/http/url.c \
	%D%/http/url.h \
	%D%/ping/ping.c \
	%D%/ping/ping.h \
	%D%/service/listener.c \
	%D%/service/listener.h \
	%D%/service/spec.c \
	%D%/service/spec.h \
	%D%/service/stream.c \
	%D%/service/stream.h \
	%D%/service/udp_echo.c \
	%D%/service/udp_echo.h \
	%D%/verbs/exec.c \
	%D%/verbs/get.c \
	%D%/verbs/ping.c \
	%D%/verbs/show.c \
	%D%/verbs/target.c \
	%D%/verbs/target.h \
	%D%/verbs/up.c \
	%D%/verbs/verb.h \
	%D%/verbs/version.c \
	$(END)

# Of the library only what it exports: the program shows that this is enough.
bin_PROGRAMS += seastack
seastack_SOURCES = %D%/seastack.c
seastack_LDADD = libsea_tools.la libseastack.la

EXTRA_DIST += \
	%D%/README.md \
	%D%/bootstrap \
	%D%/check \
	%D%/coverage \
	%D%/demo \
	%D%/exec/README.md \
	%D%/lib/build.sh \
	%D%/lib/demo.sh \
	%D%/lib/packages.sh \
	%D%/profiled \
	%D%/rfc-tags \
	%D%/rfc-tags.awk \
	$(END)

dist_man_MANS += %D%/man/seastack.1
