# The sentry's parts, where there is one.
SENTRY_TESTS = \
	%D%/mm/mm \
	%D%/mm/patch_code \
	%D%/platform/platform \
	%D%/wall/wall \
	$(END)

SENTRY_GUEST = %D%/guest.h
tests_unit_sentry_glue_mm_mm_SOURCES = %D%/mm/mm.c $(SENTRY_GUEST)
tests_unit_sentry_glue_mm_patch_code_SOURCES = %D%/mm/patch_code.c
tests_unit_sentry_glue_platform_platform_SOURCES = %D%/platform/platform.c $(SENTRY_GUEST)
tests_unit_sentry_glue_wall_wall_SOURCES = %D%/wall/wall.c

SENTRY_LDADD = libsea_sentry.la $(LDADD) -lpthread
tests_unit_sentry_glue_mm_mm_LDADD = $(SENTRY_LDADD)
tests_unit_sentry_glue_mm_patch_code_LDADD = $(SENTRY_LDADD)
tests_unit_sentry_glue_platform_platform_LDADD = $(SENTRY_LDADD)
tests_unit_sentry_glue_wall_wall_LDADD = $(SENTRY_LDADD)

if SENTRY
UNIT_TESTS += $(SENTRY_TESTS)
else
EXTRA_PROGRAMS += $(SENTRY_TESTS)
endif
