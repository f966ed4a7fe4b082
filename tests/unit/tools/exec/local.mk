# Programs in the network of a stack, without a program.
UNIT_TESTS += \
	%D%/path \
	%D%/serve \
	$(END)
tests_unit_tools_exec_serve_SOURCES = \
	%D%/serve.c \
	tests/lib/exec_seat.c \
	tests/lib/exec_seat.h \
	$(END)

FUZZ_TARGETS += tests/fuzz/exec.fuzz
tests_fuzz_exec_fuzz_SOURCES = \
	tests/fuzz/exec.c \
	tests/lib/exec_seat.c \
	tests/lib/exec_seat.h \
	$(END)
