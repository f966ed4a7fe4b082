/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/mm/patch_code.h"

#include <string.h>

/* Opcodes that raise #UD in 64-bit mode on every processor, whatever follows. 0xd5 and 0xd6 were
 * such, and 0x62, 0xc4 and 0xc5 are used. */
static bool no_instruction(uint8_t byte)
{
	switch (byte) {
	case 0x06:
	case 0x07:
	case 0x0e:
	case 0x16:
	case 0x17:
	case 0x1e:
	case 0x1f:
	case 0x27:
	case 0x2f:
	case 0x37:
	case 0x3f:
	case 0x60:
	case 0x61:
	case 0x82:
	case 0x9a:
	case 0xce:
	case 0xd4:
	case 0xea:
		return true;
	}
	return false;
}

static uint64_t distance(uint64_t site, uint64_t address)
{
	return address - (site + 5);
}

bool sea_patch_reach(uint64_t site, uint64_t address)
{
	uint64_t d = distance(site, address);

	return (int64_t)d == (int32_t)d && no_instruction((uint8_t)d) &&
	       no_instruction((uint8_t)(d >> 8)) && no_instruction((uint8_t)(d >> 16)) &&
	       no_instruction((uint8_t)(d >> 24));
}

bool sea_patch_reach_page(uint64_t site, uint64_t page)
{
	uint64_t low = distance(site, page) >> 16, high = distance(site, page + 4095) >> 16;

	return (no_instruction((uint8_t)low) && no_instruction((uint8_t)(low >> 8))) ||
	       (no_instruction((uint8_t)high) && no_instruction((uint8_t)(high >> 8)));
}

void sea_patch_jump(uint8_t *to, uint64_t site, uint64_t address)
{
	uint32_t d = (uint32_t)distance(site, address);

	to[0] = 0xe9;
	memcpy(to + 1, &d, sizeof(d));
}

/* One instruction that reads and writes registers only; its length, or 0. */
static unsigned int one(const uint8_t *c)
{
	unsigned int rex = (c[0] & 0xf0) == 0x40;
	const uint8_t *op = c + rex;
	bool registers = op[1] >= 0xc0;

	switch (op[0]) {
	case 0x3d: /* cmp $imm32, %eax */
		return rex + 5;
	case 0x01: /* add, sub, xor, cmp, test, mov between registers */
	case 0x29:
	case 0x31:
	case 0x39:
	case 0x85:
	case 0x89:
	case 0x8b:
		return registers ? rex + 2 : 0;
	case 0x83: /* .. $imm8, register */
		return registers ? rex + 3 : 0;
	case 0xf7: /* not, neg */
		return registers && (op[1] & 0x30) == 0x10 ? rex + 2 : 0;
	}
	return 0;
}

unsigned int sea_patch_after(const uint8_t *code)
{
	unsigned int len = 0, n;

	while (len < 3) {
		if (code[len] == 0xc3) /* ret: what follows is done by nobody who comes from here */
			return len + 1;
		n = one(code + len);
		if (!n)
			return 0;
		len += n;
	}
	return len <= 8 ? len : 0;
}
