EXTRA_DIST += \
	%D%/README.md \
	%D%/bootstrap
