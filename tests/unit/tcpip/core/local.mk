UNIT_TESTS += \
	%D%/abi \
	%D%/addr \
	%D%/checksum \
	%D%/gso \
	%D%/hook \
	%D%/htable \
	%D%/link \
	%D%/link_move \
	%D%/pkt \
	%D%/pkt_csum \
	%D%/pool \
	%D%/procfile \
	%D%/rbtree \
	%D%/rng \
	%D%/rxchain \
	%D%/save \
	%D%/siphash \
	%D%/sock \
	%D%/sysctl \
	%D%/timerq \
	%D%/version \
	%D%/vnet \
	$(END)
