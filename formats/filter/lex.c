/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lex.h"

static const struct {
	char text[3];
	enum token_kind kind;
} symbols[] = {
	/* longer ones first */
	{ "==", TOKEN_EQUAL },         { "!=", TOKEN_DIFFERS }, { "<=", TOKEN_LESS_EQUAL },
	{ ">=", TOKEN_GREATER_EQUAL }, { "&&", TOKEN_AND },     { "||", TOKEN_OR },
	{ "..", TOKEN_RANGE },         { "=", TOKEN_EQUAL },    { "<", TOKEN_LESS },
	{ ">", TOKEN_GREATER },        { "!", TOKEN_NOT },      { "(", TOKEN_OPEN },
	{ ")", TOKEN_CLOSE },          { ",", TOKEN_COMMA },
};

static const struct {
	const char *text;
	enum token_kind kind;
} words[] = {
	{ "and", TOKEN_AND },
	{ "or", TOKEN_OR },
	{ "not", TOKEN_NOT },
};

/* A point belongs to a word ("1.5ms"), two of them stand between words. */
static int in_word(const char *p)
{
	if (*p == '.')
		return p[1] != '.';
	return isalnum((unsigned char)*p) || (*p && strchr("_*?/:@+-%#", *p)) ||
	       (unsigned char)*p >= 0x80;
}

int token_is(const struct token *t, const char *word)
{
	return strlen(word) == t->size && strncasecmp(t->text, word, t->size) == 0;
}

struct token token_next(const char *text, const char **at)
{
	const char *p = *at, *end;
	struct token t = { .kind = TOKEN_BAD, .size = 1 };

	while (isspace((unsigned char)*p))
		p++;
	t.text = p;
	t.column = (size_t)(p - text);
	*at = p;
	if (!*p) {
		t.kind = TOKEN_END;
		t.size = 0;
		return t;
	}
	if (*p == '"') {
		end = strchr(p + 1, '"');
		if (!end)
			return t;
		t.kind = TOKEN_QUOTED;
		t.text = p + 1;
		t.size = (size_t)(end - t.text);
		*at = end + 1;
		return t;
	}
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		size_t size = strlen(symbols[i].text);

		if (strncmp(p, symbols[i].text, size) != 0)
			continue;
		t.kind = symbols[i].kind;
		t.size = size;
		*at = p + size;
		return t;
	}
	if (!in_word(p))
		return t;
	for (end = p; in_word(end); end++)
		;
	t.kind = TOKEN_WORD;
	t.size = (size_t)(end - p);
	*at = end;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(&t, words[i].text))
			t.kind = words[i].kind;
	return t;
}
