/* SPDX-License-Identifier: MIT
 *
 * One clock of loop_now.
 */
#include "loop/loop.h"

int64_t loop_mono_ms(void)
{
	struct gw_now now;

	loop_now(&now);
	return now.mono_ms;
}

int64_t loop_wall_ms(void)
{
	struct gw_now now;

	loop_now(&now);
	return now.wall_ms;
}
