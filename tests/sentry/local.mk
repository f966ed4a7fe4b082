# Programs in the sandbox. What runs in it is built as any user's program is: without our warnings
# (it does wrong things on purpose) and without sanitizers, which would be the guest's, not ours.
SENTRY_GUESTS = %D%/calls %D%/conform %D%/floods %D%/hello %D%/hostile %D%/patch %D%/patch_low %D%/scribble
tests_sentry_calls_SOURCES = %D%/calls.c
tests_sentry_calls_CFLAGS = -std=gnu17 -w -fno-sanitize=all
tests_sentry_calls_LDFLAGS = -fno-sanitize=all
tests_sentry_calls_LDADD = -lpthread
tests_sentry_conform_SOURCES = \
	%D%/asks.c \
	%D%/attributes.c \
	%D%/conform.c \
	%D%/conform.h \
	%D%/edges.c \
	%D%/epolls.c \
	%D%/files.c \
	%D%/kinds.c \
	%D%/leases.c \
	%D%/locks.c \
	%D%/memory.c \
	%D%/names.c \
	%D%/nested.c \
	%D%/owners.c \
	%D%/pairs.c \
	%D%/paths.c \
	%D%/pipes.c \
	%D%/places.c \
	%D%/process.c \
	%D%/ptimers.c \
	%D%/ptys.c \
	%D%/ptys.h \
	%D%/queued.c \
	%D%/scheds.c \
	%D%/sessions.c \
	%D%/shrinks.c \
	%D%/signals.c \
	%D%/sockets.c \
	%D%/special.c \
	%D%/splices.c \
	%D%/threads.c \
	%D%/unixes.c \
	%D%/usage.c \
	%D%/watches.c \
	$(END)
tests_sentry_conform_CFLAGS = -std=gnu17 -w -fno-sanitize=all
tests_sentry_conform_LDFLAGS = -fno-sanitize=all
tests_sentry_conform_LDADD = -lpthread
tests_sentry_floods_SOURCES = %D%/floods.c
tests_sentry_floods_CFLAGS = -std=gnu17 -w -fno-sanitize=all
tests_sentry_floods_LDFLAGS = -fno-sanitize=all
tests_sentry_floods_LDADD =
tests_sentry_hello_SOURCES = %D%/hello.c
tests_sentry_hello_CFLAGS = -std=gnu17 -fno-sanitize=all
tests_sentry_hello_LDFLAGS = -all-static -fno-sanitize=all
tests_sentry_hello_LDADD =
tests_sentry_hostile_SOURCES = %D%/hostile.c
tests_sentry_hostile_CFLAGS = -std=gnu17 -w -fno-sanitize=all
tests_sentry_hostile_LDFLAGS = -fno-sanitize=all
tests_sentry_hostile_LDADD =
tests_sentry_patch_SOURCES = %D%/patch.c
tests_sentry_patch_CFLAGS = -std=gnu17 -w -mfsgsbase -fno-sanitize=all
tests_sentry_patch_LDFLAGS = -fno-sanitize=all
tests_sentry_patch_LDADD = -lpthread
# The same as a static program that says where it lies.
tests_sentry_patch_low_SOURCES = %D%/patch.c
tests_sentry_patch_low_CFLAGS = -std=gnu17 -w -mfsgsbase -fno-sanitize=all -fno-pie
tests_sentry_patch_low_LDFLAGS = -all-static -no-pie -fno-sanitize=all
tests_sentry_patch_low_LDADD = -lpthread
tests_sentry_scribble_SOURCES = %D%/scribble.c
tests_sentry_scribble_CFLAGS = -std=gnu17 -w -fno-sanitize=all
tests_sentry_scribble_LDFLAGS = -fno-sanitize=all
tests_sentry_scribble_LDADD = -lpthread

SENTRY_SHELL = \
	%D%/conform.sh \
	%D%/floods.sh \
	%D%/hostile.sh \
	%D%/patch.sh \
	%D%/programs.sh \
	%D%/rw.sh \
	%D%/scribble.sh \
	%D%/terminal.py \
	%D%/wall.sh \
	$(END)

if SENTRY
SCRIPT_TESTS += $(SENTRY_SHELL)
check_PROGRAMS += $(SENTRY_GUESTS)
else
EXTRA_PROGRAMS += $(SENTRY_GUESTS)
endif
EXTRA_DIST += $(SENTRY_SHELL) %D%/sandbox.sh tests/bench/sentry
