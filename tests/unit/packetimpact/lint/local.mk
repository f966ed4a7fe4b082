# What `packetimpact lint` says, and what it takes.
UNIT_TESTS += \
	%D%/captures \
	%D%/rules \
	$(END)
SCRIPT_TESTS += %D%/cli.sh
FUZZ_TARGETS += tests/fuzz/lint.fuzz
NETNS_TESTS += tests/netns/lint.py

LINT_SCENES = \
	%D%/scene.c \
	%D%/scene.h \
	$(END)
tests_unit_packetimpact_lint_captures_SOURCES = \
	%D%/captures.c \
	%D%/cases.h \
	%D%/packed.h \
	$(LINT_SCENES) \
	$(END)
tests_unit_packetimpact_lint_rules_SOURCES = \
	%D%/accecn_cases.c \
	%D%/cases.c \
	%D%/cases.h \
	%D%/more_cases.c \
	%D%/rules.c \
	$(LINT_SCENES) \
	$(END)
