/* SPDX-License-Identifier: MIT */
#include "script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

#define SCRIPT_MAX (4u << 20)

static const char *const pane_names[VIEW_PANES] = {
	[VIEW_PANE_HEADER] = "header",   [VIEW_PANE_BARS] = "bars",
	[VIEW_PANE_SCANOUT] = "scanout", [VIEW_PANE_LATENCY] = "latency",
	[VIEW_PANE_LANES] = "lanes",     [VIEW_PANE_LIST] = "list",
	[VIEW_PANE_DETAIL] = "detail",
};

/* What a step is made of, a letter each: n number, p point, m modifiers that may follow, t text. */
static const struct {
	const char *name, *form;
	enum view_step_kind kind;
} forms[] = {
	{ "key", "k", VIEW_STEP_KEY },     { "move", "p", VIEW_STEP_MOVE },
	{ "type", "t", VIEW_STEP_TYPE },   { "click", "pm", VIEW_STEP_CLICK },
	{ "drag", "pPm", VIEW_STEP_DRAG }, { "wheel", "pnm", VIEW_STEP_WHEEL },
	{ "size", "P", VIEW_STEP_SIZE },   { "wait", "w", VIEW_STEP_WAIT },
	{ "state", "t", VIEW_STEP_STATE }, { "shot", "t", VIEW_STEP_SHOT },
};

/* The next word, cut out of the line; NULL at its end. */
static char *word(char **p)
{
	char *w;

	*p += strspn(*p, " \t");
	w = *p;
	if (!*w)
		return NULL;
	*p += strcspn(*p, " \t");
	if (**p)
		*(*p)++ = '\0';
	return w;
}

static bool number(char **p, double *out)
{
	char *w = word(p), *end;

	if (!w)
		return false;
	*out = strtod(w, &end);
	return end != w && !*end && *out > -1e6 && *out < 1e6;
}

static bool point(char **p, struct view_at *out)
{
	char *w;
	int i;

	*p += strspn(*p, " \t");
	out->pane = VIEW_PANE_NONE;
	if (**p >= 'a' && **p <= 'z') {
		w = word(p);
		for (i = 0; i < VIEW_PANES && strcmp(w, pane_names[i]); i++)
			;
		if (i == VIEW_PANES)
			return false;
		out->pane = (enum view_pane)i;
	}
	return number(p, &out->x) && number(p, &out->y);
}

static bool modifier(const char *w, size_t length, unsigned int *mods)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} names[] = { { "Shift", VIEW_SHIFT }, { "Ctrl", VIEW_CTRL } };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (strlen(names[i].name) == length && !strncmp(w, names[i].name, length)) {
			*mods |= names[i].bit;
			return true;
		}
	}
	return false;
}

static bool key(char *w, struct view_step *s)
{
	char *plus;

	if (!w)
		return false;
	while ((plus = strchr(w, '+')) && plus[1]) {
		if (!modifier(w, (size_t)(plus - w), &s->mods))
			return false;
		w = plus + 1;
	}
	s->text = w;
	return true;
}

static bool part(char form, char **p, struct view_step *s)
{
	char *w;

	switch (form) {
	case 'k':
		return key(word(p), s);
	case 't':
		*p += strspn(*p, " \t");
		s->text = *p;
		*p += strlen(*p);
		return *s->text;
	case 'p':
		return point(p, &s->at);
	case 'P':
		return point(p, &s->to);
	case 'n':
		return number(p, &s->number);
	case 'm':
		w = word(p);
		return !w || modifier(w, strlen(w), &s->mods);
	default: /* w */
		*p += strspn(*p, " \t");
		s->number = !strcmp(*p, "picture")  ? VIEW_WAIT_PICTURE
			    : !strcmp(*p, "search") ? VIEW_WAIT_SEARCH
						    : 0;
		if (s->number == 0)
			return number(p, &s->number) && s->number >= 0;
		*p += strlen(*p);
		return true;
	}
}

static bool parse_line(char *p, struct view_step *s)
{
	char *name = word(&p);
	const char *form;
	unsigned int i;

	for (i = 0; i < sizeof(forms) / sizeof(*forms) && strcmp(name, forms[i].name); i++)
		;
	if (i == sizeof(forms) / sizeof(*forms))
		return false;
	s->kind = forms[i].kind;
	for (form = forms[i].form; *form; form++) {
		if (!part(*form, &p, s))
			return false;
	}
	return !word(&p);
}

static int parse(struct view_script *out, unsigned int *line)
{
	char *p = out->text, *next;
	struct view_step *steps;

	for (*line = 1; p; p = next, ++*line) {
		next = strchr(p, '\n');
		if (next)
			*next++ = '\0';
		p += strspn(p, " \t");
		if (!*p || *p == '#')
			continue;
		if (!(out->count & 255)) {
			steps = realloc(out->steps, (out->count + 256) * sizeof(*steps));
			if (!steps)
				return -ENOMEM;
			out->steps = steps;
		}
		out->steps[out->count] = (struct view_step) { .line = *line };
		if (!parse_line(p, &out->steps[out->count]))
			return -EINVAL;
		out->count++;
	}
	return 0;
}

static int read_text(struct view_script *out, const char *path)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "r") : stdin;
	size_t n;
	int ret = 0;

	if (!in)
		return -errno;
	out->text = calloc(1, SCRIPT_MAX + 1);
	if (!out->text)
		ret = -ENOMEM;
	n = ret ? 0 : fread(out->text, 1, SCRIPT_MAX, in);
	if (!ret && ferror(in))
		ret = -EIO;
	else if (n == SCRIPT_MAX)
		ret = -EFBIG;
	if (in != stdin)
		fclose(in);
	return ret;
}

int view_script_read(struct view_script *out, const char *path, unsigned int *line)
{
	int ret;

	*out = (struct view_script) { 0 };
	*line = 0;
	ret = read_text(out, path);
	if (!ret)
		ret = parse(out, line);
	if (ret)
		view_script_finish(out);
	return ret;
}

void view_script_finish(struct view_script *s)
{
	free(s->steps);
	free(s->text);
	*s = (struct view_script) { 0 };
}

void view_script_point(const struct view_layout *l, const struct view_at *at, double *x, double *y)
{
	const struct view_rect *r;

	*x = at->x;
	*y = at->y;
	if (at->pane == VIEW_PANE_NONE)
		return;
	r = &l->pane[at->pane];
	*x = r->x + at->x * r->width;
	*y = r->y + at->y * r->height;
}
