# What `packetimpact list` prints.
SCRIPT_TESTS += %D%/tags.sh
