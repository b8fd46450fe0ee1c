/* SPDX-License-Identifier: MIT */
/*
 * An uncompressed stream has no frames and no checksums. After damage it can be read again where a
 * data frame once began: its first COLUMNS needs nothing from before it, and what it says of itself
 * hardly comes about by chance; or where another trace begins.
 */
#ifndef FORMATS_PLAIN_H
#define FORMATS_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many of the `size` bytes at `p` stand before such a place. *found: that many bytes on it lies,
 * else what is behind them cannot be told without more bytes; with `all` there are no more.
 * *work grows by what was looked at in vain.
 */
size_t plain_search(const uint8_t *p, size_t size, bool all, bool *found, uint64_t *work);

#endif
