# The crowds of the simulator, beside the list of tests/local.mk.
tests_sim_sim_SOURCES += %D%/crowd.c %D%/crowd.h
EXTRA_DIST += %D%/golden/crowd.txt %D%/golden/crowd-large.txt
