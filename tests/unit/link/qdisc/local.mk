# What links queue packets in.
UNIT_TESTS += \
	%D%/fifo \
	%D%/fq \
	%D%/fq_codel \
	%D%/netem \
	%D%/tbf \
	$(END)
tests_unit_link_qdisc_fifo_SOURCES = %D%/fifo.c $(LINK_FIXTURE)
tests_unit_link_qdisc_fq_SOURCES = %D%/fq.c $(LINK_FIXTURE)
tests_unit_link_qdisc_fq_codel_SOURCES = %D%/fq_codel.c $(LINK_FIXTURE)
tests_unit_link_qdisc_netem_SOURCES = %D%/netem.c $(LINK_FIXTURE)
tests_unit_link_qdisc_tbf_SOURCES = %D%/tbf.c $(LINK_FIXTURE)
