EXTRA_DIST += \
	%D%/README.md \
	%D%/bootstrap \
	%D%/check \
	%D%/coverage \
	%D%/lib/packages.sh \
	%D%/rfc-tags \
	$(END)
