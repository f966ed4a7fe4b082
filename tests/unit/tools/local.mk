# The program without its main().
UNIT_TESTS += \
	%D%/cli/option \
	%D%/cli/parse \
	%D%/cli/text \
	%D%/control/session \
	%D%/host/capture_file \
	%D%/host/config \
	%D%/host/fault_profile \
	%D%/host/peer \
	%D%/host/mroute_spec \
	%D%/host/route_spec \
	%D%/http/range \
	%D%/http/reply \
	%D%/http/request \
	%D%/http/response \
	%D%/http/url \
	%D%/service/spec \
	%D%/top/sample \
	%D%/top/screen \
	$(END)

include tests/unit/tools/exec/local.mk
