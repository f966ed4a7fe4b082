# The test bench: its layers, what it says of tests that fail, and its tests on both devices.
UNIT_TESTS += \
	%D%/failing \
	%D%/layers \
	$(END)
SCRIPT_TESTS += %D%/bench.sh
NETNS_TESTS += tests/netns/bench.py
