# The sentry runs where it can intercept: Linux on x86-64.
if SENTRY
noinst_LTLIBRARIES += libsea_sentry.la
bin_PROGRAMS += runsea
endif
libsea_sentry_la_SOURCES = \
	%D%/cli/run.c \
	%D%/cli/run.h \
	%D%/fs/dev.c \
	%D%/fs/epoll.c \
	%D%/fs/epoll.h \
	%D%/fs/eventfd.c \
	%D%/fs/flight.c \
	%D%/fs/fs.h \
	%D%/fs/inotify.c \
	%D%/fs/inotify.h \
	%D%/fs/pair.c \
	%D%/fs/pair.h \
	%D%/fs/pidfd.c \
	%D%/fs/pidfd.h \
	%D%/fs/pipe.c \
	%D%/fs/pipe.h \
	%D%/fs/proc.c \
	%D%/fs/proc.h \
	%D%/fs/proc_text.c \
	%D%/fs/signalfd.c \
	%D%/fs/signalfd.h \
	%D%/fs/stdio.c \
	%D%/fs/text.c \
	%D%/fs/timerfd.c \
	%D%/fs/tty.c \
	%D%/fs/tty.h \
	%D%/kernel/clone.c \
	%D%/kernel/exec.c \
	%D%/kernel/exit.c \
	%D%/kernel/frame.c \
	%D%/kernel/futex.c \
	%D%/kernel/kernel.h \
	%D%/kernel/signal.c \
	%D%/kernel/task.c \
	%D%/kernel/timer.c \
	%D%/kernel/wait.c \
	%D%/kernel/wait.h \
	%D%/loader/elf.c \
	%D%/loader/loader.h \
	%D%/loader/stack.c \
	%D%/mm/copy.c \
	%D%/mm/inner.h \
	%D%/mm/map.c \
	%D%/mm/mappable.h \
	%D%/mm/memfile.c \
	%D%/mm/memfile.h \
	%D%/mm/mm.c \
	%D%/mm/mm.h \
	%D%/mm/pages.c \
	%D%/mm/patch.c \
	%D%/mm/patch.h \
	%D%/mm/patch_code.c \
	%D%/mm/patch_code.h \
	%D%/mm/ptab.c \
	%D%/mm/ptab.h \
	%D%/mm/remap.c \
	%D%/mm/shared.c \
	%D%/mm/vma.c \
	%D%/mm/vma.h \
	%D%/platform/inject.c \
	%D%/platform/inject.h \
	%D%/platform/platform.h \
	%D%/platform/ptrace.c \
	%D%/platform/stub.c \
	%D%/platform/stub.h \
	%D%/platform/strip.c \
	%D%/platform/trap.c \
	%D%/platform/trap_balance.c \
	%D%/platform/trap_bridge.c \
	%D%/platform/trap.h \
	%D%/platform/trap_code.c \
	%D%/platform/trap_first.c \
	%D%/platform/trap_frame.c \
	%D%/platform/trap_inner.h \
	%D%/platform/trap_order.c \
	%D%/platform/trap_spin.c \
	%D%/syscalls/arg.c \
	%D%/syscalls/attr.c \
	%D%/syscalls/descriptor.c \
	%D%/syscalls/dirent.c \
	%D%/syscalls/epoll.c \
	%D%/syscalls/futex.c \
	%D%/syscalls/ids.c \
	%D%/syscalls/info.c \
	%D%/syscalls/inotify.c \
	%D%/syscalls/lock.c \
	%D%/syscalls/memory.c \
	%D%/syscalls/message.c \
	%D%/syscalls/name.c \
	%D%/syscalls/open.c \
	%D%/syscalls/pair.c \
	%D%/syscalls/poll.c \
	%D%/syscalls/process.c \
	%D%/syscalls/rw.c \
	%D%/syscalls/signal.c \
	%D%/syscalls/socket.h \
	%D%/syscalls/sockopt.c \
	%D%/syscalls/special.c \
	%D%/syscalls/splice.c \
	%D%/syscalls/sys.h \
	%D%/syscalls/table.c \
	%D%/syscalls/table.def \
	%D%/syscalls/time.c \
	%D%/syscalls/timerfd.c \
	%D%/vfs/data.c \
	%D%/vfs/dir.c \
	%D%/vfs/dir.h \
	%D%/vfs/fd.c \
	%D%/vfs/file.c \
	%D%/vfs/file.h \
	%D%/vfs/hostdir.c \
	%D%/vfs/hostdir.h \
	%D%/vfs/lock.c \
	%D%/vfs/lock.h \
	%D%/vfs/node.c \
	%D%/vfs/node.h \
	%D%/vfs/uio.c \
	%D%/vfs/walk.c \
	%D%/vfs/walk.h \
	%D%/wall/enter.c \
	%D%/wall/filter.c \
	%D%/wall/table.c \
	%D%/wall/wall.def \
	%D%/wall/wall.h \
	$(END)

runsea_SOURCES = %D%/runsea.c
runsea_LDADD = libsea_sentry.la $(SEA_CONVENIENCE) -lpthread

dist_man_MANS += %D%/man/runsea.1

EXTRA_DIST += \
	%D%/README.md \
	%D%/platform/README.md \
	%D%/wall/README.md \
	$(END)
