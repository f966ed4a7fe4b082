# The device under test, which tests may link, too.
noinst_LTLIBRARIES += libsea_dut.la
libsea_dut_la_SOURCES = \
	%D%/dut/call.def \
	%D%/dut/command.h \
	%D%/dut/command_client.c \
	%D%/dut/dut.c \
	%D%/dut/dut.h \
	%D%/dut/seastack.c \
	%D%/dut/seastack.h \
	%D%/dut/seastack_command.c \
	%D%/dut/seastack_command.h \
	%D%/dut/seastack_epoll.c \
	%D%/dut/seastack_fd.c \
	%D%/dut/seastack_file.c \
	%D%/dut/seastack_ip.c \
	%D%/dut/seastack_mem.c \
	%D%/dut/seastack_msg.c \
	%D%/dut/seastack_op.c \
	%D%/dut/seastack_pipe.c \
	%D%/dut/seastack_poll.c \
	%D%/dut/seastack_sock.c \
	%D%/dut/seastack_splice.c \
	%D%/dut/seastack_wire.c \
	%D%/dut/seastack_wire.h \
	%D%/dut/shell.c \
	%D%/dut/shell.h \
	%D%/dut/shell_tree.c \
	$(END)

EXTRA_DIST += \
	%D%/README.md \
	%D%/script/script.h \
	$(END)
