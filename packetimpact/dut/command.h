/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands of a snippet that act on the device. In the shell they are links to this very program, which,
 * started by such a name with SEA_DUT_CONTROL in its environment, hands its command line and its output
 * over the socket of that name to the process that has the device, and ends with the status that it gets.
 */
#ifndef SEA_PACKETIMPACT_COMMAND_H
#define SEA_PACKETIMPACT_COMMAND_H

#define SEA_DUT_CONTROL "SEA_DUT_CONTROL"

/* The longest command line, its words each with their NUL. */
#define SEA_DUT_COMMAND_MAX 16384
#define SEA_DUT_COMMAND_WORDS 256

/* "sysctl", … NULL is behind the last. */
extern const char *const sea_dut_command_names[];

#endif
