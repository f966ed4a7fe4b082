# The sentry runs where it can intercept: Linux on x86-64.
if SENTRY
noinst_LTLIBRARIES += libsea_sentry.la
endif
libsea_sentry_la_SOURCES = \
	%D%/mm/copy.c \
	%D%/mm/inner.h \
	%D%/mm/map.c \
	%D%/mm/mappable.h \
	%D%/mm/memfile.c \
	%D%/mm/memfile.h \
	%D%/mm/mm.c \
	%D%/mm/mm.h \
	%D%/mm/pages.c \
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
	$(END)

EXTRA_DIST += \
	%D%/README.md \
	$(END)
