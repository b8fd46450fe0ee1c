/* SPDX-License-Identifier: MIT */
/* Valgrind makes a test 30 times slower: long loops ask here, and take larger steps. */
#ifndef TESTS_UNDER_VALGRIND_H
#define TESTS_UNDER_VALGRIND_H

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* `n`, or under valgrind `other`. */
static inline unsigned int or_under_valgrind(unsigned int n, unsigned int other)
{
	return RUNNING_ON_VALGRIND ? other : n;
}

#endif
