# Benchmarks that need nothing but themselves: make check runs each with little to do, so that they do not rot.
SMALL_BENCHMARKS = \
	%D%/floods \
	%D%/frag \
	%D%/idle \
	%D%/route_dump \
	%D%/router \
	%D%/segments \
	%D%/sockets \
	$(END)
check_PROGRAMS += $(SMALL_BENCHMARKS)
bench: $(SMALL_BENCHMARKS)
SCRIPT_TESTS += %D%/small.sh
