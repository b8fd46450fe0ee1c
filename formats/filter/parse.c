/* SPDX-License-Identifier: MIT */
/* An expression to a tree, by recursive descent: or_ holds and_ holds unary holds test. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>

#include "lex.h"
#include "program.h"
#include "value.h"

struct parser {
	struct vgpu_filter *f;
	struct vgpu_filter_error *error;
	const char *text, *at; /* `at`: behind the token */
	struct token token;    /* the next one, not yet taken */
	unsigned int depth;
};

static int parse_or(struct parser *p, uint32_t *out);

static void advance(struct parser *p)
{
	p->token = token_next(p->text, &p->at);
}

__attribute__((format(printf, 3, 4))) static int refuse(struct parser *p, const struct token *t,
							const char *format, ...)
{
	va_list args;

	p->error->column = t->column;
	va_start(args, format);
	vsnprintf(p->error->text, sizeof(p->error->text), format, args);
	va_end(args);
	return VGPU_ERR_INVALID;
}

/* For messages: the token, and not more of it than a message has room for. */
#define SHOW(t) (int)((t)->size < 40 ? (t)->size : 40), (t)->text

static int expected(struct parser *p, const char *what)
{
	const struct token *t = &p->token;

	if (t->kind == TOKEN_END)
		return refuse(p, t, "%s is missing at the end", what);
	if (t->kind == TOKEN_BAD && *t->text == '"')
		return refuse(p, t, "the quotes are not closed");
	return refuse(p, t, "%s should stand here, not \"%.*s\"", what, SHOW(t));
}

/* Room for one more item of `size` bytes; counts are bounded by the expression's length. */
static void *grow(void *items, uint32_t count, uint32_t *room, size_t size)
{
	void *more;

	if (count < *room)
		return items;
	more = reallocarray(items, *room ? *room * 2 : 16, size);
	if (more)
		*room = *room ? *room * 2 : 16;
	return more;
}

static int add_node(struct parser *p, const struct filter_node *node, uint32_t *out)
{
	struct vgpu_filter *f = p->f;
	struct filter_node *nodes = grow(f->nodes, f->node_count, &f->node_room, sizeof(*f->nodes));

	if (!nodes)
		return -ENOMEM;
	f->nodes = nodes;
	nodes[f->node_count] = *node;
	nodes[f->node_count].next = FILTER_NONE;
	*out = f->node_count++;
	return 0;
}

static int add_value(struct parser *p, struct filter_node *node, uint64_t from, uint64_t to)
{
	struct vgpu_filter *f = p->f;
	struct filter_value *values =
		grow(f->values, f->value_count, &f->value_room, sizeof(*f->values));

	if (!values)
		return -ENOMEM;
	f->values = values;
	values[f->value_count++] = (struct filter_value) { from, to };
	node->count++;
	return 0;
}

static int add_pattern(struct parser *p, struct filter_node *node, const struct token *t)
{
	struct vgpu_filter *f = p->f;
	uint32_t start = f->name_size;

	for (size_t i = 0; i <= t->size; i++) {
		char *names = grow(f->names, f->name_size, &f->name_room, 1);

		if (!names)
			return -ENOMEM;
		f->names = names;
		names[f->name_size++] = i < t->size ? t->text[i] : '\0';
	}
	return add_value(p, node, start, start);
}

static int bad_name(struct parser *p, enum vgpu_set_id set, const char *what, const struct token *t)
{
	const char *nearest = value_nearest(set, t);

	return refuse(p, t, "%s \"%.*s\"%s%s%s", what, SHOW(t), nearest ? ": " : "",
		      nearest ? nearest : "", nearest ? "?" : "");
}

static int bad_value(struct parser *p, enum vgpu_filter_kind kind, const struct token *t)
{
	switch (kind) {
	case VGPU_FILTER_KIND_TIME:
		return refuse(p, t, "\"%.*s\" is no time: 1.5s, 20ms, 300us, 40ns", SHOW(t));
	case VGPU_FILTER_KIND_SIZE:
		return refuse(p, t, "\"%.*s\" is no size: 500, 0x1000, 64k, 1M", SHOW(t));
	case VGPU_FILTER_KIND_QUEUE:
		return refuse(p, t, "\"%.*s\" is no queue: control, cursor", SHOW(t));
	case VGPU_FILTER_KIND_CMD:
		return bad_name(p, VGPU_SET_CMD, "no command is named", t);
	case VGPU_FILTER_KIND_RESP:
		return bad_name(p, VGPU_SET_RESP, "no response is named", t);
	case VGPU_FILTER_KIND_CAPSET:
		return bad_name(p, VGPU_SET_CAPSET, "no capset is named", t);
	default:
		if (memchr(t->text, '-', t->size))
			return refuse(p, t, "\"%.*s\" is no number; a range is FROM..TO", SHOW(t));
		return refuse(p, t, "\"%.*s\" is no number", SHOW(t));
	}
}

static bool is_value(const struct token *t)
{
	return t->kind == TOKEN_WORD || t->kind == TOKEN_QUOTED;
}

/* A number, also one that has a name; names may stand for several with *. */
static int scalar(struct parser *p, enum vgpu_filter_kind kind, const struct token *t,
		  uint64_t *out)
{
	enum vgpu_set_id set;
	uint32_t number;
	size_t index = 0;

	if (value_number(kind, t, out))
		return 0;
	if (kind == VGPU_FILTER_KIND_QUEUE && (token_is(t, "control") || token_is(t, "cursor"))) {
		*out = token_is(t, "cursor");
		return 0;
	}
	if (!value_set(kind, &set) || !value_named(set, t, &index, &number))
		return bad_value(p, kind, t);
	*out = number;
	return 0;
}

/* One member of a list of values: VALUE, A..B, A.. or ..B. */
static int one_value(struct parser *p, struct filter_node *node, enum vgpu_filter_kind kind)
{
	uint64_t from = 0, to = UINT64_MAX;
	struct token t = p->token;
	enum vgpu_set_id set;
	uint32_t number;
	int err;

	if (t.kind != TOKEN_RANGE) {
		if (!is_value(&t))
			return expected(p, "a value");
		advance(p);
		if (kind == VGPU_FILTER_KIND_NAME)
			return add_pattern(p, node, &t);
		if (p->token.kind != TOKEN_RANGE && value_set(kind, &set) &&
		    !value_number(kind, &t, &from)) {
			uint32_t before = node->count;

			for (size_t i = 0; value_named(set, &t, &i, &number);) {
				err = add_value(p, node, number, number);
				if (err)
					return err;
			}
			return node->count > before ? 0 : bad_value(p, kind, &t);
		}
		err = scalar(p, kind, &t, &from);
		if (err)
			return err;
		if (p->token.kind != TOKEN_RANGE)
			return add_value(p, node, from, from);
	} else if (kind == VGPU_FILTER_KIND_NAME) {
		return expected(p, "a name");
	}
	advance(p);
	if (is_value(&p->token)) {
		struct token end = p->token;

		err = scalar(p, kind, &end, &to);
		if (err)
			return err;
		advance(p);
		if (to < from)
			return refuse(p, &end, "the range ends before it begins");
	} else if (t.kind == TOKEN_RANGE) {
		return expected(p, "the range's end");
	}
	return add_value(p, node, from, to);
}

/* <, <=, >, >=: a range with one end. */
static int compare(struct parser *p, struct filter_node *node, enum vgpu_filter_kind kind,
		   const struct token *operator)
{
	struct token t = p->token;
	uint64_t value;
	int err;

	if (kind == VGPU_FILTER_KIND_NAME)
		return refuse(p, operator, "names have no order: == or !=");
	if (!is_value(&t))
		return expected(p, "a value");
	err = scalar(p, kind, &t, &value);
	if (err)
		return err;
	advance(p);
	switch (operator->kind) {
	case TOKEN_LESS:
		/* Nothing is below 0: a range that holds nothing. */
		return value ? add_value(p, node, 0, value - 1) : add_value(p, node, 1, 0);
	case TOKEN_LESS_EQUAL:
		return add_value(p, node, 0, value);
	case TOKEN_GREATER:
		return value < UINT64_MAX ? add_value(p, node, value + 1, UINT64_MAX)
					  : add_value(p, node, 1, 0);
	default:
		return add_value(p, node, value, UINT64_MAX);
	}
}

static int field_test(struct parser *p, enum vgpu_filter_field field, uint32_t *out)
{
	const struct vgpu_filter_field_info *info = vgpu_filter_field_info(field);
	struct filter_node node = { .op = FILTER_TEST, .field = (uint8_t)field };
	struct token operator;
	int err;

	p->f->needs_answer |= info->needs_answer;
	node.values = p->f->value_count;
	advance(p);
	operator= p->token;
	if (info->kind == VGPU_FILTER_KIND_FLAG) {
		if (operator.kind >= TOKEN_EQUAL && operator.kind <= TOKEN_GREATER_EQUAL)
			return refuse(p, &operator, "%s is true or not: write %s or !%s",
				      info->name, info->name, info->name);
		return add_node(p, &node, out);
	}
	switch (operator.kind) {
	case TOKEN_LESS:
	case TOKEN_LESS_EQUAL:
	case TOKEN_GREATER:
	case TOKEN_GREATER_EQUAL:
		advance(p);
		err = compare(p, &node, info->kind, &operator);
		return err ? err : add_node(p, &node, out);
	case TOKEN_EQUAL:
	case TOKEN_DIFFERS:
		node.differs = operator.kind == TOKEN_DIFFERS;
		advance(p);
		break;
	default:
		if (!is_value(&operator) && operator.kind != TOKEN_RANGE)
			return expected(p, "an operator or a value");
	}
	for (;;) {
		err = one_value(p, &node, info->kind);
		if (err)
			return err;
		if (p->token.kind != TOKEN_COMMA)
			return add_node(p, &node, out);
		advance(p);
	}
}

/* A word that is no field: a type of commands or of responses by its name. */
static int named_test(struct parser *p, uint32_t *out)
{
	static const enum vgpu_filter_field fields[] = { VGPU_FILTER_type, VGPU_FILTER_response };
	struct token t = p->token;
	const char *nearest;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct vgpu_filter_field_info *info = vgpu_filter_field_info(fields[i]);
		struct filter_node node = { .op = FILTER_TEST, .field = (uint8_t)fields[i] };
		enum vgpu_set_id set = VGPU_SET_CMD;
		uint32_t number;

		node.values = p->f->value_count;
		value_set(info->kind, &set);
		for (size_t at = 0; value_named(set, &t, &at, &number);)
			if (add_value(p, &node, number, number))
				return -ENOMEM;
		if (!node.count)
			continue;
		p->f->needs_answer |= info->needs_answer;
		advance(p);
		return add_node(p, &node, out);
	}
	nearest = value_nearest(VGPU_SET_CMD, &t);
	return refuse(p, &t, "\"%.*s\" is neither a field nor the name of a command%s%s%s",
		      SHOW(&t), nearest ? ": " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static int parse_test(struct parser *p, uint32_t *out)
{
	if (p->token.kind != TOKEN_WORD)
		return expected(p, "a test");
	for (unsigned int i = 0; i < VGPU_FILTER_FIELD_COUNT; i++) {
		enum vgpu_filter_field field = (enum vgpu_filter_field)i;

		if (token_is(&p->token, vgpu_filter_field_info(field)->name))
			return field_test(p, field, out);
	}
	return named_test(p, out);
}

static int parse_unary(struct parser *p, uint32_t *out)
{
	struct token t = p->token;
	int err;

	if (t.kind != TOKEN_NOT && t.kind != TOKEN_OPEN)
		return parse_test(p, out);
	if (p->depth == FILTER_DEPTH_MAX)
		return refuse(p, &t, "parentheses and negations are nested too deeply");
	p->depth++;
	advance(p);
	err = t.kind == TOKEN_NOT ? parse_unary(p, out) : parse_or(p, out);
	p->depth--;
	if (err)
		return err;
	if (t.kind == TOKEN_NOT) {
		p->f->nodes[*out].negate = !p->f->nodes[*out].negate;
		return 0;
	}
	if (p->token.kind != TOKEN_CLOSE)
		return expected(p, "\")\"");
	advance(p);
	return 0;
}

/* Operands with `separator` between them; one alone is handed on as it is. */
static int parse_chain(struct parser *p, enum token_kind separator, enum filter_op op,
		       int (*operand)(struct parser *p, uint32_t *out), uint32_t *out)
{
	struct filter_node node = { .op = (uint8_t)op };
	uint32_t last, next;
	int err;

	err = operand(p, out);
	if (err || p->token.kind != separator)
		return err;
	node.child = last = *out;
	while (p->token.kind == separator) {
		advance(p);
		err = operand(p, &next);
		if (err)
			return err;
		p->f->nodes[last].next = next;
		last = next;
	}
	return add_node(p, &node, out);
}

static int parse_and(struct parser *p, uint32_t *out)
{
	return parse_chain(p, TOKEN_AND, FILTER_AND, parse_unary, out);
}

static int parse_or(struct parser *p, uint32_t *out)
{
	return parse_chain(p, TOKEN_OR, FILTER_OR, parse_and, out);
}

int filter_parse(struct vgpu_filter *f, const char *text, struct vgpu_filter_error *error)
{
	struct parser p = { .f = f, .error = error, .text = text, .at = text };
	int err;

	f->root = FILTER_NONE;
	if (strlen(text) > FILTER_TEXT_MAX) {
		error->column = FILTER_TEXT_MAX;
		snprintf(error->text, sizeof(error->text), "the expression is too long");
		return VGPU_ERR_TOO_LARGE;
	}
	advance(&p);
	if (p.token.kind == TOKEN_END)
		return 0;
	err = parse_or(&p, &f->root);
	if (!err && p.token.kind != TOKEN_END)
		err = expected(&p, "&& or ||");
	return err;
}
