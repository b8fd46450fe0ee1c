/* SPDX-License-Identifier: MIT */
/*
 * Numbers as the shortest decimal that reads back as the same float or double, without stdio: a
 * stream has millions of floats. Floats by Raffaele Giulietti's Schubfach ("The Schubfach way to
 * render doubles", 2020), doubles, which are rare, by Steele and White's way with big integers.
 */
#include <stdbool.h>
#include "out.h"

static const uint64_t powers[] = {
#define POWER(k, g) g,
#include "float.def"
#include "libc.h"
#undef POWER
};

#define POWER_MIN (-31)

/* floor(log10(2^e)), of 3/4 2^e, floor(log2(10^e)): exact for the exponents of floats. */
static int log10_pow2(int e)
{
	return (e * 1262611) >> 22;
}

static int log10_three_quarters_pow2(int e)
{
	return (e * 1262611 - 524031) >> 22;
}

static int log2_pow10(int e)
{
	return (e * 1741647) >> 19;
}

/* floor(g cp / 2^64), with the last bit set when more than rounding noise is below. */
static uint32_t round_to_odd(uint64_t g, uint32_t cp)
{
	uint64_t low = (g & 0xffffffff) * cp;
	uint64_t high = (g >> 32) * cp + (low >> 32);

	return (uint32_t)(high >> 32) | ((uint32_t)high > 1);
}

/* digits * 10^*exponent == the float of these bits, which is finite and positive. */
static uint32_t float_digits(uint32_t bits, int *exponent)
{
	uint32_t fraction = bits & 0x7fffff, biased = bits >> 23, c = fraction;
	uint32_t low, middle, high, lower, upper, s, sp;
	bool odd, closer, up, down;
	int q = 1 - 127 - 23, k, h;
	uint64_t g;

	if (biased) {
		c |= 1u << 23;
		q = (int)biased - 127 - 23;
		/* Integers, the most frequent of all. */
		if (q <= 0 && q > -24 && !(c & ((1u << -q) - 1))) {
			*exponent = 0;
			return c >> -q;
		}
	}
	odd = c & 1;
	closer = !fraction && biased > 1;
	k = closer ? log10_three_quarters_pow2(q) : log10_pow2(q);
	h = q + log2_pow10(-k) + 1;
	g = powers[-k - POWER_MIN];
	low = round_to_odd(g, (4 * c - 2 + closer) << h);
	middle = round_to_odd(g, (4 * c) << h);
	high = round_to_odd(g, (4 * c + 2) << h);
	lower = low + odd;
	upper = high - odd;
	s = middle / 4;
	if (s >= 10) {
		sp = s / 10;
		down = lower <= 40 * sp;
		up = 40 * sp + 40 <= upper;
		if (up != down) {
			*exponent = k + 1;
			return sp + up;
		}
	}
	*exponent = k;
	down = lower <= 4 * s;
	up = 4 * s + 4 <= upper;
	if (up != down)
		return s + up;
	/* Both or neither: the nearer one, the even one half-way. */
	return s + (middle > 4 * s + 2 || (middle == 4 * s + 2 && (s & 1)));
}

/* `count` digits at `digits`, the value 0.digits * 10^point: as C prints %g, but with every digit. */
static void out_decimal(struct out *o, const char *digits, int count, int point)
{
	char *p = out_room(o, 40);
	unsigned int e;
	int i = 0;

	while (count > 1 && digits[count - 1] == '0')
		count--;
	if (point > 0 && point <= 17) {
		while (i < count && i < point)
			*p++ = digits[i++];
		for (; i < point; i++)
			*p++ = '0';
		if (i < count)
			*p++ = '.';
	} else if (point <= 0 && point > -4) {
		*p++ = '0';
		*p++ = '.';
		for (; point; point++)
			*p++ = '0';
	} else {
		*p++ = digits[i++];
		if (i < count)
			*p++ = '.';
		while (i < count)
			*p++ = digits[i++];
		point--;
		*p++ = 'e';
		*p++ = point < 0 ? '-' : '+';
		e = (unsigned int)(point < 0 ? -point : point);
		if (e >= 100)
			*p++ = (char)('0' + e / 100);
		*p++ = (char)('0' + e / 10 % 10);
		*p++ = (char)('0' + e % 10);
	}
	while (i < count)
		*p++ = digits[i++];
	out_wrote(o, p);
}

/* "inf"; what is not a number keeps its bits, which may be an integer's. */
static void out_not_finite(struct out *o, uint64_t fraction, uint64_t bits)
{
	if (!fraction) {
		out_text(o, "inf");
		return;
	}
	out_text(o, "nan(");
	out_hex(o, bits);
	out_char(o, ')');
}

void out_float(struct out *o, uint32_t bits)
{
	char text[10], *p = text + sizeof(text);
	uint32_t digits, positive = bits & 0x7fffffff;
	int exponent;

	if (bits != positive && positive <= 0x7f800000)
		out_char(o, '-');
	if (positive >= 0x7f800000) {
		out_not_finite(o, bits & 0x7fffff, bits);
		return;
	}
	bits = positive;
	if (!bits) {
		out_char(o, '0');
		return;
	}
	digits = float_digits(bits, &exponent);
	do
		*--p = (char)('0' + digits % 10);
	while (digits /= 10);
	out_decimal(o, p, (int)(text + sizeof(text) - p),
		    exponent + (int)(text + sizeof(text) - p));
}

/* --- doubles --------------------------------------------------------------------------------- */

/* Room for 2^1074, the smallest double's divisor, and then some; little-endian words. */
#define BIG_WORDS 40

struct big {
	uint32_t word[BIG_WORDS];
};

/* Numbers of which `words` are in use. */

static void big_multiply(struct big *a, unsigned int words, uint32_t factor)
{
	uint64_t carry = 0;

	for (unsigned int i = 0; i < words; i++) {
		carry += (uint64_t)a->word[i] * factor;
		a->word[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static void big_shift(struct big *a, unsigned int words, unsigned int bits)
{
	for (; bits >= 31; bits -= 31)
		big_multiply(a, words, 1u << 31);
	big_multiply(a, words, 1u << bits);
}

/* a + b, or a - b (a >= b) by adding the complement. */
static void big_add(struct big *a, const struct big *b, unsigned int words, bool subtract)
{
	uint64_t carry = subtract;

	for (unsigned int i = 0; i < words; i++) {
		carry += (uint64_t)a->word[i] + (subtract ? ~b->word[i] : b->word[i]);
		a->word[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

static int big_compare(const struct big *a, const struct big *b, unsigned int words)
{
	for (unsigned int i = words; i--;)
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i] ? -1 : 1;
	return 0;
}

static int big_compare_sum(const struct big *a, const struct big *b, const struct big *c,
			   unsigned int words)
{
	struct big sum = *a;

	big_add(&sum, b, words, false);
	return big_compare(&sum, c, words);
}

/*
 * The number is r / s, its neighbours are low and high away, halved: s, r and both are scaled until
 * 1 <= r / s < 10, then digits come out one by one until what is left is nearer than a neighbour.
 */
static void out_finite_double(struct out *o, uint64_t bits)
{
	uint64_t c = bits & ((1ull << 52) - 1);
	int biased = (int)(bits >> 52), q = biased ? biased - 1075 : -1074, point = 1, count = 0;
	bool closer = !c && biased > 1, even, low_done, high_done;
	struct big r = { { 0 } }, s = { { 1 } }, low = { { 1 } }, high = { { 1 } };
	/* What c and |q| need, the few bits of the factors, and one word for carries. */
	unsigned int words = (unsigned int)(q < 0 ? -q : q) / 32 + 5;
	char digits[20], *p = digits + sizeof(digits);

	if (biased)
		c |= 1ull << 52;
	if (q <= 0 && q > -53 && !(c & ((1ull << -q) - 1))) {
		c >>= -q;
		do
			*--p = (char)('0' + c % 10);
		while (c /= 10);
		count = (int)(digits + sizeof(digits) - p);
		out_decimal(o, p, count, count);
		return;
	}
	even = !(c & 1);
	r.word[0] = (uint32_t)c;
	r.word[1] = (uint32_t)(c >> 32);
	big_shift(&r, words, (unsigned int)(1 + closer + (q > 0 ? q : 0)));
	big_shift(&s, words, (unsigned int)(1 + closer + (q < 0 ? -q : 0)));
	if (q > 0)
		big_shift(&low, words, (unsigned int)q);
	high = low;
	if (closer)
		big_shift(&high, words, 1);

	while (big_compare_sum(&r, &high, &s, words) < (even ? 0 : 1)) {
		big_multiply(&r, words, 10);
		big_multiply(&low, words, 10);
		big_multiply(&high, words, 10);
		point--;
	}
	for (;;) {
		struct big ten = s;
		int order;

		big_multiply(&ten, words, 10);
		order = big_compare_sum(&r, &high, &ten, words);
		if (order < (even ? 0 : 1))
			break;
		s = ten;
		point++;
	}
	do {
		char digit = '0';

		for (; big_compare(&r, &s, words) >= 0; digit++)
			big_add(&r, &s, words, true);
		low_done = big_compare(&r, &low, words) < (even ? 1 : 0);
		high_done = big_compare_sum(&r, &high, &s, words) > (even ? -1 : 0);
		if (high_done && (!low_done || big_compare_sum(&r, &r, &s, words) >= 0))
			digit++;
		digits[count++] = digit;
		big_multiply(&r, words, 10);
		big_multiply(&low, words, 10);
		big_multiply(&high, words, 10);
	} while (!low_done && !high_done && count < (int)sizeof(digits));
	out_decimal(o, digits, count, point);
}

void out_double(struct out *o, uint64_t bits)
{
	const uint64_t infinity = 0x7ffull << 52;
	uint64_t positive = bits & ~(1ull << 63);

	if (bits != positive && positive <= infinity)
		out_char(o, '-');
	if (positive >= infinity)
		out_not_finite(o, bits & ((1ull << 52) - 1), bits);
	else if (!positive)
		out_char(o, '0');
	else
		out_finite_double(o, positive);
}
