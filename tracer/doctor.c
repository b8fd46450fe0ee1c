/* SPDX-License-Identifier: MIT */
/* vgpu-trace doctor: can this machine be recorded, and what would a recording hold? */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "json.h"
#include "record/record.h"
#include "tool.h"

#define RINGS (1u << 20)

struct doctor {
	bool json, debug, sick, kicks, ring_waits;
	const char *btf;
	struct record_layout layout;
	struct record_state_layout state;
};

enum finding {
	GOOD,
	LACKS, /* a recording without it is poorer */
	FAILS, /* there is none */
};

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0, "findings as JSON, one a line", 0 },
	{ "btf", 'b', "FILE", 0, "type information of virtio_gpu, as for record", 0 },
	{ "debug", 'd', NULL, 0, "show what libbpf and the verifier say", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct doctor *d = state->input;

	switch (key) {
	case 'j':
		d->json = true;
		return 0;
	case 'b':
		d->btf = arg;
		return 0;
	case 'd':
		d->debug = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	options,
	parse_option,
	NULL,
	"Says whether this machine's virtio-gpu driver can be recorded, what is missing, and what "
	"a "
	"recording would hold.\v"
	"Exit status: 0 it can be recorded, 1 it cannot.",
	NULL,
	NULL,
	NULL,
};

static void say(struct doctor *d, enum finding finding, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void say(struct doctor *d, enum finding finding, const char *what, const char *format, ...)
{
	static const char *const words[] = { "yes", "no", "NO" };
	static const char *const states[] = { "good", "lacking", "failing" };
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	d->sick |= finding == FAILS;
	if (!d->json) {
		printf("%-3s  %-18s %s\n", words[finding], what, text);
		return;
	}
	json_begin(NULL, '{');
	json_string("what", what);
	json_string("state", states[finding]);
	json_string("text", text);
	json_end('}');
	json_line();
}

static void look_at_devices(struct doctor *d)
{
	uint32_t numbers[RECORD_DEVICES_MAX];
	size_t count = record_devices_find(numbers, RECORD_DEVICES_MAX);

	if (!count)
		say(d, LACKS, "device", "the driver has no device yet");
	for (size_t i = 0; i < count; i++) {
		struct record_text text = { .size = 0 };
		char line[512];
		size_t used = 0;

		record_device_describe(numbers[i], &text);
		for (size_t at = 0; at < text.size; at += strlen(text.bytes + at) + 1)
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
						 at ? " " : "", text.bytes + at);
		say(d, GOOD, "device", "%s", line);
	}
}

/* What a recording would hold beside commands and responses. */
static void look_at_contents(struct doctor *d)
{
	if (d->layout.has_seqno)
		say(d, GOOD, "proof of all", "the driver numbers its commands: any gap is seen");
	else
		say(d, LACKS, "proof of all",
		    "the driver does not number its commands (since Linux 6.3): losses are counted "
		    "by the recorder only");
	if (d->layout.fence_ops_address)
		say(d, GOOD, "fence signals", "the driver's fences are known by their operations");
	else
		say(d, LACKS, "fence signals",
		    "virtio_gpu_fence_ops is not in kallsyms: needs CAP_SYSLOG and "
		    "CONFIG_KALLSYMS_ALL");
	if (d->state.missing)
		say(d, LACKS, "state before", "this kernel's BTF has no member %s",
		    d->state.missing);
	else
		say(d, GOOD, "state before",
		    "2D framebuffers, scanouts, cursors, owners of contexts");
	if (d->kicks)
		say(d, GOOD, "kicks", "with --stages: when the device is told of commands");
	else
		say(d, LACKS, "kicks",
		    "BPF cannot trace virtqueue_notify: needs CAP_SYS_ADMIN where virtio is a "
		    "module");
	if (d->ring_waits)
		say(d, GOOD, "full rings", "with --stages: who waits for room, and since when");
	else
		say(d, LACKS, "full rings", "BPF cannot trace prepare_to_wait_event");
	if (d->state.hardware.missing)
		say(d, LACKS, "device before", "this kernel's BTF has no member %s",
		    d->state.hardware.missing);
	else
		say(d, GOOD, "device before", "modes of scanouts, EDIDs, capsets");
	say(d, LACKS, "mapped blobs",
	    "what programs write into host memory (venus) is told by no command");
}

static void look(struct doctor *d)
{
	struct record_setup setup = {
		.command_bytes = RINGS,
		.page_bytes = RINGS,
		.btf = d->btf,
		.only_device = UINT32_MAX,
		.stages = true,
		.debug = d->debug,
	};
	struct record_session session;
	struct utsname name;
	char why[512];

	record_show_libbpf(d->debug);
	if (!uname(&name))
		say(d, GOOD, "kernel", "%s %s, %s", name.sysname, name.release, name.machine);
	if (record_check_driver(why, sizeof(why))) {
		say(d, FAILS, "driver", "%s", why);
		return;
	}
	say(d, GOOD, "driver", "virtio_gpu is loaded");
	look_at_devices(d);
	if (record_layout_find(&d->layout, &d->state, d->btf, why, sizeof(why))) {
		say(d, FAILS, "type information", "%s", why);
		return;
	}
	say(d, GOOD, "type information", "%s", d->btf ? d->btf : "the kernel's own");
	if (record_check_privilege(why, sizeof(why))) {
		say(d, FAILS, "privilege", "%s", why);
		return;
	}
	say(d, GOOD, "privilege", "enough for BPF");
	if (record_layout_symbols(&d->layout, why, sizeof(why))) {
		say(d, FAILS, "guest memory", "%s", why);
		return;
	}
	say(d, GOOD, "guest memory", "%s",
	    d->layout.direct_map_at ? "by the kernel's symbols" : "by /proc/kcore");
	if (record_session_open(&session, &setup, why, sizeof(why))) {
		say(d, FAILS, "BPF programs", "%s", why);
		return;
	}
	if (record_session_attach(&session, why, sizeof(why)))
		say(d, FAILS, "BPF programs", "%s", why);
	else
		say(d, GOOD, "BPF programs", "load and attach");
	d->kicks = session.kicks;
	d->ring_waits = session.ring_waits;
	record_session_close(&session);
	look_at_contents(d);
}

int tool_doctor(int argc, char **argv)
{
	struct doctor d = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &d);
	look(&d);
	if (!d.json)
		puts(d.sick ? "This machine cannot be recorded." : "This machine can be recorded.");
	return tool_finish(d.sick ? TOOL_FAILED : TOOL_OK);
}
