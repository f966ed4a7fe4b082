# Targets of several files, or with libraries of their own; tests/local.mk has the others.
FUZZ_TARGETS += \
	%D%/control.fuzz \
	%D%/ioctl.fuzz \
	%D%/sysctl.fuzz \
	$(END)
