/* SPDX-License-Identifier: MIT */
#include "outcome.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int outcome_begin(struct outcome *o, const char *lines, bool junit,
		  const struct vgpu_device_about *about)
{
	*o = (struct outcome) { 0 };
	if (junit) {
		o->cases = open_memstream(&o->cases_text, &o->cases_size);
		if (!o->cases)
			return -ENOMEM;
	}
	if (!lines)
		return 0;
	o->lines = strcmp(lines, "-") ? fopen(lines, "w") : stdout;
	if (!o->lines)
		return -errno;
	/* The renderer may crash at any time: what was told before stays told. */
	setvbuf(o->lines, NULL, _IOLBF, BUFSIZ);
	fputs("{\"schema_version\":1,\"kind\":\"report\",\"backend\":", o->lines);
	json_write_string(o->lines, about->backend);
	fputs(",\"renderer\":", o->lines);
	json_write_string(o->lines, about->renderer);
	fputs("}\n", o->lines);
	return ferror(o->lines) ? -EIO : 0;
}

static void xml_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			/* XML has no way to write the others. */
			putc(*text >= ' ' && *text < 127 ? *text : '?', out);
		}
	}
}

static void junit_case(struct outcome *o, const char *name, const char *why)
{
	o->tests++;
	fprintf(o->cases, "<testcase classname=\"vgpu-replay\" name=\"%s\"", name);
	if (!why) {
		fputs("/>\n", o->cases);
		return;
	}
	o->failures++;
	fputs("><failure message=\"", o->cases);
	xml_text(o->cases, why);
	fputs("\"/></testcase>\n", o->cases);
}

void outcome_frame(struct outcome *o, const struct frame *frame, const struct verify_result *result)
{
	if (o->cases)
		junit_case(o, frame->name, result->equal ? NULL : result->why);
	if (!o->lines)
		return;
	fprintf(o->lines,
		"{\"kind\":\"frame\",\"frame\":%" PRIu64 ",\"scanout\":%" PRIu32
		",\"command\":%" PRIu64 ",\"equal\":%s",
		frame->number, frame->scanout, frame->command, result->equal ? "true" : "false");
	if (result->pictures)
		fprintf(o->lines, ",\"pixels\":%" PRIu64 ",\"largest\":%" PRIu32, result->pixels,
			result->largest);
	if (!result->equal) {
		fputs(",\"why\":", o->lines);
		json_write_string(o->lines, result->why);
	}
	fputs("}\n", o->lines);
}

void outcome_command(struct outcome *o, uint64_t id, const char *type, uint32_t ctx_id,
		     const char *what)
{
	if (!o->lines)
		return;
	fprintf(o->lines,
		"{\"kind\":\"command\",\"command\":%" PRIu64 ",\"type\":\"%s\",\"ctx\":%" PRIu32
		",\"what\":",
		id, type, ctx_id);
	json_write_string(o->lines, what);
	fputs("}\n", o->lines);
}

void outcome_readback(struct outcome *o, const struct readback *b, const char *why)
{
	char name[48];

	snprintf(name, sizeof(name), "readback-%06" PRIu64, b->command);
	if (o->cases)
		junit_case(o, name, why[0] ? why : NULL);
	if (!o->lines)
		return;
	fprintf(o->lines,
		"{\"kind\":\"readback\",\"command\":%" PRIu64 ",\"resource\":%" PRIu32
		",\"bytes\":%" PRIu64 ",\"differ\":%" PRIu64,
		b->command, b->resource_id, b->bytes, b->differ);
	if (why[0]) {
		fputs(",\"why\":", o->lines);
		json_write_string(o->lines, why);
	}
	fputs("}\n", o->lines);
}

static int junit_write(const struct files *files, uint64_t tests, uint64_t failures, double seconds,
		       const char *cases, size_t size)
{
	FILE *file;
	int ret;

	ret = files_open(files, FILE_JUNIT, NULL, &file);
	if (ret)
		return ret;
	fprintf(file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"vgpu-replay\" "
		"tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" time=\"%.3f\">\n",
		tests, failures, seconds);
	fwrite(cases, 1, size, file);
	fputs("</testsuite>\n", file);
	ret = ferror(file) ? -EIO : 0;
	if (fclose(file) && !ret)
		ret = -errno;
	return ret;
}

int outcome_end(struct outcome *o, const struct files *files, const struct report *report,
		uint64_t differ)
{
	char why[64] = "";
	int ret = 0;

	if (report->failed)
		snprintf(why, sizeof(why), "%" PRIu64 " commands fail newly", report->failed);
	if (o->cases) {
		junit_case(o, "commands", why[0] ? why : NULL);
		if (fflush(o->cases))
			return -ENOMEM;
		ret = junit_write(files, o->tests, o->failures,
				  (double)(report->end_ns - report->start_ns) / 1e9, o->cases_text,
				  o->cases_size);
	}
	if (o->lines) {
		fprintf(o->lines,
			"{\"kind\":\"end\",\"commands\":%" PRIu64 ",\"frames\":%" PRIu64
			",\"differ\":%" PRIu64 ",\"failed\":%" PRIu64
			",\"readbacks_differ\":%" PRIu64 "}\n",
			report->commands, report->frames, differ, report->failed,
			report->readbacks_differ);
		if (fflush(o->lines) || ferror(o->lines))
			return -EIO;
	}
	return ret;
}

void outcome_finish(struct outcome *o)
{
	if (o->lines && o->lines != stdout)
		fclose(o->lines);
	if (o->cases)
		fclose(o->cases);
	free(o->cases_text);
}

int outcome_broken(const struct files *files, const char *why)
{
	struct outcome o = { 0 };
	int ret;

	o.cases = open_memstream(&o.cases_text, &o.cases_size);
	if (!o.cases)
		return -ENOMEM;
	junit_case(&o, "commands", why);
	fflush(o.cases);
	ret = junit_write(files, o.tests, o.failures, 0, o.cases_text, o.cases_size);
	outcome_finish(&o);
	return ret;
}
