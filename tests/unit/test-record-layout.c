/* SPDX-License-Identifier: MIT */
/* Kernels that cannot be recorded, made of type information: what is missing is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <bpf/btf.h>
#include <cmocka.h>

#include "record/record.h"

/* The helpers of a kernel: none, those of 5.10, or bpf_loop with them. */
static struct btf *kernel(bool helpers, bool loop)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	if (!helpers)
		return btf;
	assert_true(btf__add_enum(btf, "bpf_func_id", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "BPF_FUNC_unspec", 0), 0);
	if (loop)
		assert_int_equal(btf__add_enum_value(btf, "BPF_FUNC_loop", 181), 0);
	return btf;
}

static void expect(struct btf *base, struct btf *module, const char *wanted)
{
	struct record_state_layout state = { 0 };
	struct record_layout layout = { 0 };
	char why[512] = "";

	assert_int_equal(
		record_layout_read(module ? module : base, &layout, &state, why, sizeof(why)), -1);
	if (!strstr(why, wanted) || strchr(why, '\n'))
		fail_msg("\"%s\" is not in: %s", wanted, why);
	btf__free(module);
	btf__free(base);
}

static void old_bpf_is_named(void **state)
{
	(void)state;
	expect(kernel(false, false), NULL, "bpf_loop");
	expect(kernel(true, false), NULL, "bpf_loop");
}

/* Debian's 5.10, had it bpf_loop. */
static void missing_module_btf_is_named(void **state)
{
	(void)state;
	expect(kernel(true, true), NULL, "CONFIG_DEBUG_INFO_BTF_MODULES");
}

static void an_unknown_driver_is_named(void **state)
{
	struct btf *base = kernel(true, true), *module = btf__new_empty_split(base);
	int32_t pointer;

	(void)state;
	pointer = btf__add_ptr(module, 0);
	assert_true(pointer > 0);
	assert_true(btf__add_struct(module, "virtio_gpu_vbuffer", 16) > 0);
	assert_int_equal(btf__add_field(module, "buf", pointer, 0, 0), 0);
	expect(base, module, "no member size in struct virtio_gpu_vbuffer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_bpf_is_named),
		cmocka_unit_test(missing_module_btf_is_named),
		cmocka_unit_test(an_unknown_driver_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
