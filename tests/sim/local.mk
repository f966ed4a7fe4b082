# The crowds of the simulator, beside the list of tests/local.mk.
tests_sim_sim_SOURCES += \
	%D%/crowd.c \
	%D%/crowd.h \
	%D%/crowd_table.c \
	%D%/crowd_wire.c \
	%D%/crowd_wire.h \
	%D%/l4s.c \
	$(END)
EXTRA_DIST += %D%/golden/crowd.txt %D%/golden/crowd-large.txt %D%/golden/l4s.txt
