/* SPDX-License-Identifier: MIT */
/* An expression as a row of tokens. */
#ifndef FORMATS_FILTER_LEX_H
#define FORMATS_FILTER_LEX_H

#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* a name or a number: what it is depends on where it stands */
	TOKEN_QUOTED, /* its text is without the quotes */
	TOKEN_EQUAL,
	TOKEN_DIFFERS,
	TOKEN_LESS,
	TOKEN_LESS_EQUAL,
	TOKEN_GREATER,
	TOKEN_GREATER_EQUAL,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_RANGE,
	TOKEN_BAD, /* no token begins with what stands here */
};

struct token {
	enum token_kind kind;
	const char *text; /* in the expression, not terminated */
	size_t size;
	size_t column;
};

/* The token at `*at`, which moves behind it. */
struct token token_next(const char *text, const char **at);

/* Does the token say this word, in any case? */
int token_is(const struct token *t, const char *word);

#endif
