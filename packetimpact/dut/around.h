/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device around another, which looks at what goes through: its struct begins with this one, and replaces those of
 * `ops` that it has something to do in. All others go to the inner device as they are.
 */
#ifndef SEA_PACKETIMPACT_AROUND_H
#define SEA_PACKETIMPACT_AROUND_H

#include "packetimpact/dut/dut.h"

struct sea_dut_around {
	struct sea_dut dut; /* first */
	struct sea_dut_ops ops;
	struct sea_dut *inner;
};

/* All of `ops` but close() is there then. */
void sea_dut_around_init(struct sea_dut_around *around, struct sea_dut *inner);

#endif
