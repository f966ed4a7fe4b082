# What `packetimpact replay` finds in what `packetimpact record` wrote, and in what it did not.
UNIT_TESTS += \
	%D%/deviations \
	%D%/errors \
	%D%/midway \
	%D%/programs \
	$(END)
SCRIPT_TESTS += %D%/cli.sh
FUZZ_TARGETS += tests/fuzz/replay.fuzz
NETNS_TESTS += tests/netns/replay.sh

REPLAY_RECORDER = \
	%D%/recorder.c \
	%D%/recorder.h \
	$(END)
tests_unit_packetimpact_replay_deviations_SOURCES = %D%/deviations.c $(REPLAY_RECORDER)
tests_unit_packetimpact_replay_programs_SOURCES = %D%/programs.c $(REPLAY_RECORDER)
tests_unit_packetimpact_replay_errors_SOURCES = %D%/errors.c $(REPLAY_RECORDER)
tests_unit_packetimpact_replay_midway_SOURCES = %D%/midway.c $(REPLAY_RECORDER)
