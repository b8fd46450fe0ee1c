/* SPDX-License-Identifier: MIT */
/* The line that is typed into: a search, a filter, a note. */
#include <string.h>

#include "view.h"

void view_ask(struct view *v, enum view_prompt_kind kind)
{
	struct view_prompt *p = &v->prompt;
	const struct view_note *note;

	if (kind == VIEW_PROMPT_NOTE && v->command == VIEW_NONE)
		return;
	*p = (struct view_prompt) { .kind = kind };
	v->message[0] = '\0';
	/* What holds now is there to be changed. */
	if (kind == VIEW_PROMPT_SEARCH && v->search)
		view_type(v, view_find_expression(v->search));
	if (kind == VIEW_PROMPT_FILTER && v->filter)
		view_type(v, view_find_expression(v->filter));
	if (kind == VIEW_PROMPT_NOTE) {
		note = view_notes_find(&v->notes, view_model_command(v->m, v->command).id);
		view_type(v, note ? note->text : "");
	}
}

void view_type(struct view *v, const char *text)
{
	struct view_prompt *p = &v->prompt;
	size_t n = strcspn(text, "\r\n");

	if (p->kind == VIEW_PROMPT_NONE)
		return;
	if (n > sizeof(p->text) - 1 - p->length)
		n = sizeof(p->text) - 1 - p->length;
	/* Whole letters only. */
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(p->text + p->length, text, n);
	p->length += n;
	p->text[p->length] = '\0';
	p->error.text[0] = '\0';
}

void view_erase(struct view *v, bool all)
{
	struct view_prompt *p = &v->prompt;

	while (p->length) {
		p->length--;
		if (!all && ((unsigned char)p->text[p->length] & 0xc0) != 0x80)
			break;
	}
	p->text[p->length] = '\0';
	p->error.text[0] = '\0';
}

void view_enter(struct view *v)
{
	struct view_prompt *p = &v->prompt;
	bool done = true;

	switch (p->kind) {
	case VIEW_PROMPT_SEARCH:
		done = view_search(v, p->text, &p->error);
		break;
	case VIEW_PROMPT_FILTER:
		done = view_filter(v, p->text, &p->error);
		break;
	case VIEW_PROMPT_NOTE:
		view_bookmark(v, p->text);
		break;
	default:
		break;
	}
	if (done)
		p->kind = VIEW_PROMPT_NONE;
}

void view_cancel(struct view *v)
{
	v->prompt.kind = VIEW_PROMPT_NONE;
}
