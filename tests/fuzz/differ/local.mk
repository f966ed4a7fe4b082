# Two devices, one random program; with --linux, this machine's kernel is one of them.
DIFFER_TESTS = \
	%D%/differ \
	$(END)
tests_fuzz_differ_differ_SOURCES = \
	%D%/call.def \
	%D%/compare.c \
	%D%/differ.h \
	%D%/draw.c \
	%D%/draw_call.c \
	%D%/draw_packet.c \
	%D%/main.c \
	%D%/names.c \
	%D%/names.h \
	%D%/play.c \
	%D%/play_call.c \
	%D%/see.c \
	%D%/shrink.c \
	%D%/write.c \
	$(END)
