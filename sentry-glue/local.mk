# No code yet: see README.md.
EXTRA_DIST += \
	%D%/README.md \
	$(END)
