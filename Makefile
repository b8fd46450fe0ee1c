# SPDX-License-Identifier: MIT
#
# One Makefile for everything. Sources are found by name, objects go to $(O).
#   make            libraries and tools            make check    every test (guests included)
#   make demo       record, replay, look           make install  PREFIX=, DESTDIR=
#   SAN=1           ASan + UBSan, in its own $(O)  V=1           show commands
#   DEPS=skip       do not look for missing packages

VERSION	:= 0.1.0
PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
LIBDIR	?= $(PREFIX)/lib
INCDIR	?= $(PREFIX)/include
DATADIR	?= $(PREFIX)/share
# Wireshark's own is what `tshark -G folders` names as Global Lua Plugins.
WIRESHARKDIR ?= $(LIBDIR)/wireshark/plugins
UNITDIR	?= $(PREFIX)/lib/systemd/system
MANDIR	?= $(DATADIR)/man
BASHDIR	?= $(DATADIR)/bash-completion/completions
ZSHDIR	?= $(DATADIR)/zsh/site-functions

ifdef SAN
O	?= build-san
else
O	?= build
endif

CC	?= cc
CLANG	?= clang
BPFTOOL	?= $(firstword $(wildcard /usr/sbin/bpftool /sbin/bpftool) bpftool)
PKGCONF	?= pkg-config
INSTALL	?= install
OBJCOPY	?= objcopy

# What is sanitized is there to be tested, and -O2 is a third of its compiler's time.
CFLAGS	?= $(if $(SAN),-O1,-O2) -g
WARN	:= -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wshadow
CPPFLAGS_ALL = -D_GNU_SOURCE -DVGPU_VERSION='"$(VERSION)"' \
	-Ilibvgpu/include -Iformats/include -I$(O)/gen $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(WARN) -pthread $(CFLAGS)
LDFLAGS_ALL = -pthread $(LDFLAGS)
ifdef SAN
CFLAGS_ALL  += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_ALL += -fsanitize=address,undefined
endif

Q	:= $(if $(V),,@)
msg	= $(if $(V),,@printf '  %-8s%s\n' "$(1)" "$(patsubst $(O)/%,%,$(2))";)

# Libraries of others, asked for once.
ZSTD_LIBS	= -lzstd
BPF_LIBS	= -lbpf -lelf
VIRGL_CFLAGS	:= $(shell $(PKGCONF) --cflags virglrenderer 2>/dev/null)
VIRGL_LIBS	= -lvirglrenderer -ldl
PNG_LIBS	= -lpng
SECCOMP_LIBS	= -lseccomp
# Linked in: the recorder is copied into guests, which need not have what only exports need.
EXPORT_LIBS	?= -Wl,-Bstatic -lsqlite3 -lprotobuf-c -Wl,-Bdynamic
# Empty where its static archive is not installed: then an EDID is told by size and hash.
EDID_LIBS	:= $(filter /%,$(shell $(CC) -print-file-name=libdisplay-info.a))
EDID_CFLAGS	:= $(if $(EDID_LIBS),-DHAVE_LIBDISPLAY_INFO \
	$(shell $(PKGCONF) --cflags libdisplay-info 2>/dev/null))
# Empty where one of them is not installed: then there is no viewer, and nothing that tests it.
VIEW_CFLAGS	:= $(shell $(PKGCONF) --cflags sdl2 pangocairo 2>/dev/null)
VIEW_LIBS	:= $(shell $(PKGCONF) --libs sdl2 pangocairo 2>/dev/null)
# Empty where it is not installed: then the viewer writes no films, and says so.
LIBAV		:= libavformat libavcodec libswscale libavutil
LIBAV_LIBS	:= $(if $(VIEW_LIBS),$(shell $(PKGCONF) --libs $(LIBAV) 2>/dev/null))
VIEW_CFLAGS	:= $(VIEW_CFLAGS) $(if $(LIBAV_LIBS),-DHAVE_LIBAV $(shell $(PKGCONF) --cflags $(LIBAV)))
VIEW_LIBS	:= $(strip $(VIEW_LIBS) $(LIBAV_LIBS))

# Empty where it is not installed: then vgpu-replay has no window. It is loaded, never linked.
SDL_CFLAGS	:= $(if $(shell $(PKGCONF) --exists sdl2 2>/dev/null && echo yes),-DHAVE_SDL2 \
	$(shell $(PKGCONF) --cflags sdl2))

# Empty where a tool is not installed: then there are no manual pages, and `make install` says so.
MAN_TOOLS := $(if $(shell command -v help2man),$(if $(shell command -v lowdown),$(shell \
	command -v python3)))

# --- what there is ----------------------------------------------------------------------------
obj	= $(patsubst %.c,$(O)/%.o,$(1))
LIBVGPU_SRC := $(wildcard libvgpu/*.c libvgpu/*/*.c)
EXPORT_SRC := $(wildcard formats/export/*.c)
FORMATS_SRC := $(filter-out $(EXPORT_SRC),$(wildcard formats/*.c formats/*/*.c))
BPF_SRC	:= $(wildcard tracer/record/*.bpf.c)
TRACER_SRC := $(filter-out $(BPF_SRC) tracer/man/%,$(wildcard tracer/*.c tracer/*/*.c))
DEVICE_SRC := $(wildcard replayer/device/*.c)
REPLAYER_SRC := $(filter-out $(DEVICE_SRC) $(if $(SDL_CFLAGS),,$(addprefix replayer/window/, \
	ui.c pane.c sdl.c glyphs.c)),$(wildcard replayer/*.c replayer/*/*.c))
VIEWER_SRC := $(wildcard viewer/*.c)
UNIT	:= $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test-*.c))
FUZZ	:= $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
# Those that need nothing but libvgpu: other processors run them, and make coverage counts by them.
LIBVGPU_UNIT := $(filter test-codec% test-protocol% test-dialect% test-describe% test-format% \
	test-error% test-capset% test-messages% test-spans% test-track% test-lint% test-transfer% \
	test-virgl% test-stream%,$(UNIT))
BENCH	:= $(filter-out bench-view bench-live,$(patsubst tests/bench/%.c,%,$(wildcard tests/bench/bench-*.c)))
HELPERS	:= $(patsubst %.c,%,$(wildcard tests/cli/make-*.c tests/golden/print-*.c) \
	tests/guest/flood.c)
PRELOADS := $(patsubst %.c,%.so,$(wildcard tests/cli/bad-*.c))
SKELS	:= $(patsubst %.bpf.c,$(O)/gen/%.skel.h,$(notdir $(BPF_SRC)))
TOOLS	:= $(if $(TRACER_SRC),$(O)/vgpu-trace) $(if $(REPLAYER_SRC),$(O)/vgpu-replay) \
	   $(if $(VIEWER_SRC),$(if $(VIEW_LIBS),$(O)/vgpu-view))
TOOL_NAMES := $(notdir $(TOOLS))
LIBS	:= $(O)/libvgpu.a $(O)/libvgpu.so.0 $(O)/libvgpu-trace.a $(O)/libvgpu-trace.so.0
STATIC	:= $(O)/libvgpu-device.a $(O)/libvgpu-trace.a $(O)/libvgpu.a
PRIVATE	:= $(O)/libvgpu-device.a $(O)/libvgpu-trace.private.a $(O)/libvgpu.private.a

ifeq ($(VIEW_LIBS),)
UNIT	:= $(filter-out test-view-%,$(UNIT))
endif

all: $(LIBS) $(TOOLS) $(O)/virtio_gpu.lua
ifeq ($(VIEW_LIBS),)
	@echo '  SKIP    vgpu-view: needs SDL2 and pangocairo (libsdl2-dev, libpango1.0-dev)' >&2
endif

.PHONY: all man for-coverage for-fuzz made-cross cross-made deps clean install uninstall tests \
	golden-update format freestanding \
	$(foreach t,check check-unit check-valgrind check-golden check-cli check-guest check-fuzz \
	check-lint check-cross check-long check-mutants check-renderers coverage bench bench-big \
	bench-view demo screenshots fuzz,$(t) do-$(t))
.DELETE_ON_ERROR:
.SECONDARY:

# --- objects ----------------------------------------------------------------------------------
# Static archives take the same objects as the shared ones: one build, position independent.
$(O)/libvgpu/%.o $(O)/formats/%.o: CFLAGS_ALL += -fPIC -fvisibility=hidden
# A folder inside a room sees the room's own headers.
$(O)/libvgpu/%.o $(O)/free/libvgpu/%.o: CPPFLAGS_ALL += -Ilibvgpu
$(O)/formats/%.o: CPPFLAGS_ALL += -Iformats
$(O)/tracer/%.o: CPPFLAGS_ALL += -Itracer -Iformats/export
$(O)/replayer/%.o $(O)/tests/unit/%.o $(O)/tests/fuzz/%.o $(O)/tests/bench/%.o: \
	CPPFLAGS_ALL += -Ireplayer/device $(VIRGL_CFLAGS)
$(O)/replayer/%.o: CPPFLAGS_ALL += -Ireplayer
$(O)/replayer/window/%.o: CPPFLAGS_ALL += $(SDL_CFLAGS)
$(O)/tracer/%.o: CPPFLAGS_ALL += $(EDID_CFLAGS)
$(O)/viewer/%.o: CPPFLAGS_ALL += -Ireplayer/device $(VIEW_CFLAGS)
$(O)/tests/unit/test-view-%.o $(O)/tests/bench/bench-view.o $(O)/tests/bench/bench-live.o: CPPFLAGS_ALL += -Ireplayer/device -Iviewer $(VIEW_CFLAGS)
$(O)/tests/%.o: CPPFLAGS_ALL += -Itests -Iformats -Itracer -Ireplayer

$(O)/%.o: %.c
	$(call msg,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(call obj,$(TRACER_SRC)): | $(SKELS)

$(O)/tracer/record/%.bpf.o: tracer/record/%.bpf.c
	$(call msg,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -target bpf -D__TARGET_ARCH_$(BPF_ARCH) -DVGPU_BPF -std=gnu11 -Wall \
		-Werror -Ilibvgpu/include -isystem $(BPF_SYSINC) -MMD -MP -c -o $@ $<
TRIPLET	:= $(shell $(CC) -dumpmachine 2>/dev/null)
BPF_ARCH := $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(firstword $(subst -, ,$(TRIPLET)))))
# Of Debian's compilers: the machine's own, or another's.
BPF_SYSINC := /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null) -isystem /usr/$(TRIPLET)/include

$(O)/gen/%.skel.h: $(O)/tracer/record/%.bpf.o
	$(call msg,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@

# Perfetto's messages, in C. The compiler of another's schema writes what it writes.
$(O)/gen/perfetto.pb-c.c $(O)/gen/perfetto.pb-c.h &: formats/export/perfetto.proto
	$(call msg,PROTOC,$@)
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=$(<D) --c_out=$(O)/gen $<
$(O)/gen/perfetto.pb-c.o: $(O)/gen/perfetto.pb-c.c
	$(call msg,CC,$@)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$(call obj,$(wildcard formats/export/perfetto*.c)): | $(O)/gen/perfetto.pb-c.h

# Wireshark's dissector: the tables, by the preprocessor, and the code that walks them.
$(O)/virtio_gpu.lua: formats/export/wireshark/tables.lua.in formats/export/wireshark/dissector.lua
	$(call msg,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -E -P -x c -Ilibvgpu/include -MMD -MP -MT $@ -MF $@.d -o $@.tables $<
	$(Q)cat $@.tables $(filter %.lua,$^) > $@
	@rm -f $@.tables

# --- libraries --------------------------------------------------------------------------------
# The static twins show what the shared ones export, so that they take no names from their users;
# tests link the private archives and reach everything.
$(O)/libvgpu.a: $(O)/libvgpu.private.a
$(O)/libvgpu-trace.a: $(O)/libvgpu-trace.private.a
$(O)/libvgpu.a $(O)/libvgpu-trace.a:
	$(call msg,AR,$@)
	@rm -f $@
	$(Q)$(LD) -r --whole-archive -o $(@:.a=.o) $<
	$(Q)$(OBJCOPY) --localize-hidden $(@:.a=.o)
	$(Q)$(AR) rcs $@ $(@:.a=.o)

$(O)/libvgpu.private.a: $(call obj,$(LIBVGPU_SRC))
$(O)/libvgpu-trace.private.a: $(call obj,$(FORMATS_SRC))
$(O)/libvgpu-export.a: $(call obj,$(EXPORT_SRC)) $(O)/gen/perfetto.pb-c.o
$(O)/libvgpu-device.a: $(call obj,$(DEVICE_SRC))
$(O)/%.a:
	$(call msg,AR,$@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) qcs $@ $^

$(O)/libvgpu.so.0: $(call obj,$(LIBVGPU_SRC)) libvgpu/libvgpu.map
	$(call msg,LD,$@)
	$(Q)$(CC) -shared -Wl,-soname,libvgpu.so.0 -Wl,--version-script=libvgpu/libvgpu.map \
		-Wl,--no-undefined $(LDFLAGS_ALL) -o $@ $(filter %.o,$^)
	$(Q)ln -sf libvgpu.so.0 $(O)/libvgpu.so

$(O)/libvgpu-trace.so.0: $(call obj,$(FORMATS_SRC)) formats/libvgpu-trace.map $(O)/libvgpu.so.0
	$(call msg,LD,$@)
	$(Q)$(CC) -shared -Wl,-soname,libvgpu-trace.so.0 \
		-Wl,--version-script=formats/libvgpu-trace.map -Wl,--no-undefined $(LDFLAGS_ALL) \
		-o $@ $(filter %.o,$^) -L$(O) -lvgpu $(ZSTD_LIBS)
	$(Q)ln -sf libvgpu-trace.so.0 $(O)/libvgpu-trace.so

# The codec for where there is no libc: all of libvgpu but what keeps a device's state. Only what
# compilers ask of everybody may be missing in it; the program that tries it brings that along.
FREE_SRC := $(filter-out libvgpu/track/% libvgpu/lint/%,$(LIBVGPU_SRC))
FREE_FLAGS = -ffreestanding -fno-stack-protector -U_FORTIFY_SOURCE
$(O)/free/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(FREE_FLAGS) -MMD -MP -c -o $@ $<

$(O)/libvgpu-free.o: $(patsubst %.c,$(O)/free/%.o,$(FREE_SRC))
	$(call msg,LD,$@)
	$(Q)$(LD) -r -o $@ $^
	$(Q)! nm -u $@ | grep -vwE 'mem(cpy|move|set|cmp)|_GLOBAL_OFFSET_TABLE_'

$(O)/tests/freestanding: $(O)/free/tests/freestanding/main.o $(O)/libvgpu-free.o
	$(call msg,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -nostdlib -static -o $@ $^
freestanding: $(O)/tests/freestanding

# --- tools ------------------------------------------------------------------------------------
link = $(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o %.a,$^)

$(O)/vgpu-trace: $(call obj,$(TRACER_SRC)) $(O)/libvgpu-export.a $(O)/libvgpu-trace.a \
	$(O)/libvgpu.a
	$(call msg,LD,$@)
	$(link) $(BPF_LIBS) $(EXPORT_LIBS) $(EDID_LIBS) $(ZSTD_LIBS) -lm

$(O)/vgpu-replay: $(call obj,$(REPLAYER_SRC)) $(STATIC)
	$(call msg,LD,$@)
	$(link) $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) -lm

$(O)/vgpu-view: $(call obj,$(VIEWER_SRC)) $(STATIC)
	$(call msg,LD,$@)
	$(link) $(VIEW_LIBS) $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) -lm

# --- tests ------------------------------------------------------------------------------------
# Objects of the tools that unit tests reach into (all but main()).
TOOL_OBJ := $(filter-out %/main.o,$(call obj,$(filter-out $(addprefix tracer/record/, \
	record.c attach.c symbols.c %.bpf.c),$(wildcard tracer/record/*.c)) $(REPLAYER_SRC)))
$(O)/libtools.a: $(TOOL_OBJ)

$(O)/tests/unit/test-%: $(O)/tests/unit/test-%.o $(O)/libtools.a $(PRIVATE)
	$(call msg,LD,$@)
	$(link) -lcmocka $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) $(UNIT_LDFLAGS) -lm

# The one that makes type information.
$(O)/tests/unit/test-record-layout: UNIT_LDFLAGS += $(BPF_LIBS)

$(O)/libview.a: $(filter-out %/main.o,$(call obj,$(VIEWER_SRC)))
$(O)/tests/unit/test-view-%: $(O)/tests/unit/test-view-%.o $(O)/libview.a $(STATIC)
	$(call msg,LD,$@)
	$(link) -lcmocka $(VIEW_LIBS) $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) \
		$(UNIT_LDFLAGS) -lm

$(O)/tests/bench/bench-view $(O)/tests/bench/bench-live: $(O)/%: $(O)/%.o $(O)/libview.a $(STATIC)
	$(call msg,LD,$@)
	$(link) $(VIEW_LIBS) $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) -lm

$(O)/tests/unit/test-view-view: UNIT_LDFLAGS += -Wl,--wrap=sandbox_enter

# To be preloaded into a tool that is tested.
$(addprefix $(O)/,$(PRELOADS)): $(O)/%.so: %.c
	$(call msg,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC -shared $(LDFLAGS_ALL) -o $@ $< -ldl

# Those with the tools' own objects.
INNER	:= $(addprefix $(O)/tests/bench/,bench-seek bench-drain)
$(INNER): $(O)/%: $(O)/%.o $(O)/libtools.a $(PRIVATE)
	$(call msg,LD,$@)
	$(link) -lcmocka $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) -lm
$(addprefix $(O)/,$(HELPERS)) \
$(filter-out $(INNER),$(addprefix $(O)/tests/bench/,$(BENCH) big-trace)): $(O)/%: $(O)/%.o $(STATIC)
	$(call msg,LD,$@)
	$(link) $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) -lm

# Fuzz targets twice: under libFuzzer for `make fuzz`, with a plain driver for the corpora.
# One of them replays with the tool's own objects, which want the archives behind them once more.
$(O)/tests/fuzz/fuzz-replay.reg $(O)/tests/fuzz/fuzz-replay.fuzz: $(O)/libtools.a
link_fuzz = $(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
	-Wl,--end-group
$(O)/tests/fuzz/fuzz-%.reg: $(O)/tests/fuzz/fuzz-%.o $(O)/tests/fuzz/driver.o $(STATIC)
	$(call msg,LD,$@)
	$(link_fuzz) $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) -lm

$(O)/tests/fuzz/fuzz-%.fuzz: $(O)/tests/fuzz/fuzz-%.o $(STATIC)
	$(call msg,FUZZ,$@)
	$(link_fuzz) -fsanitize=fuzzer $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) -lm

# Not a target of its own: replays what it made of traces.
$(O)/tests/fuzz/mutants: $(O)/tests/fuzz/mutants.o $(O)/tests/fuzz/fuzz-replay.o $(O)/libtools.a \
	$(STATIC)
	$(call msg,LD,$@)
	$(link_fuzz) $(VIRGL_LIBS) $(ZSTD_LIBS) $(PNG_LIBS) $(SECCOMP_LIBS) -lm

run	= tests/run-tests $(O)
again	= +$(Q)$(MAKE) --no-print-directory DEPS=skip

# First the packages, then a second make: it sees what the first one installed.
check-unit check-valgrind check-golden check-cli check-fuzz check-guest check-lint check-cross \
check-long check-mutants check-renderers check coverage demo screenshots bench bench-big bench-view fuzz: deps
	$(again) do-$@

do-check-unit: $(addprefix $(O)/tests/unit/,$(UNIT))
	$(Q)$(run) unit $^
do-check-valgrind: $(addprefix $(O)/tests/unit/,$(UNIT))
	$(Q)$(run) valgrind $^
do-check-golden: all $(addprefix $(O)/,$(HELPERS) $(PRELOADS))
	$(Q)$(run) golden
# The manual pages first: several of these tests would make them at once.
do-check-cli: all $(if $(MAN_TOOLS),man) $(addprefix $(O)/,$(HELPERS) $(PRELOADS))
	$(Q)$(run) cli
do-check-fuzz: $(addprefix $(O)/tests/fuzz/,$(addsuffix .reg,$(FUZZ)))
	$(Q)$(run) fuzz $^
do-check-guest: all $(addprefix $(O)/,$(HELPERS) $(PRELOADS))
	$(Q)$(run) guest
# libvgpu's own tests on other processors: static, so that no foreign library is needed. For 64-bit ARM
# the recorder is compiled too; its libraries' headers are this machine's.
CROSS	:= s390x-linux-gnu arm-linux-gnueabihf aarch64-linux-gnu
$(O)/tests/cross/print-message: $(O)/tests/golden/print-message.o $(O)/libvgpu.private.a
	$(call msg,LD,$@)
	@mkdir -p $(@D)
	$(link) -static
$(O)/tests/cross/%: $(O)/tests/unit/%.o $(O)/libvgpu.private.a
	$(call msg,LD,$@)
	@mkdir -p $(@D)
	$(link) -static
cross-made: $(addprefix $(O)/tests/cross/,$(LIBVGPU_UNIT) print-message) \
	$(if $(filter aarch64%,$(TRIPLET)),$(call obj,$(filter tracer/record/%,$(TRACER_SRC))))
do-check-cross: made-cross $(addprefix $(O)/,$(HELPERS))
	$(Q)$(run) cross
made-cross:
	$(Q)for c in $(CROSS); do command -v $$c-gcc >/dev/null || continue; \
		$(MAKE) --no-print-directory DEPS=skip O=$(O)/cross/$$c CC=$$c-gcc AR=$$c-ar \
		LD=$$c-ld OBJCOPY=$$c-objcopy CPPFLAGS="-Itests/cross -idirafter /usr/include" \
		cross-made || exit 1; done
do-check-lint:
	$(Q)$(run) lint
# Everything, quick things first; the sanitizer and clang builds have their own object trees. What
# clang makes is not run: it shall only find nothing to warn of.
do-check: all $(if $(MAN_TOOLS),man) $(addprefix $(O)/,$(HELPERS) $(PRELOADS)) $(addprefix $(O)/tests/unit/,$(UNIT)) \
	$(addprefix $(O)/tests/fuzz/,$(addsuffix .reg,$(FUZZ)))
	$(again) SAN=1 $(addprefix build-san/tests/unit/,$(UNIT)) \
		$(addprefix build-san/tests/fuzz/,$(addsuffix .reg,$(FUZZ)))
	$(again) CC=$(CLANG) CFLAGS=-O0 O=build-clang tests
	$(again) made-cross
	$(Q)$(run) all
tests: all $(addprefix $(O)/,$(HELPERS) $(PRELOADS)) $(addprefix $(O)/tests/unit/,$(UNIT))

# Which lines of libvgpu its own tests run: a table, the lines that none runs, and an end with 1 when
# they are more than one in twenty.
COVERAGE := --coverage -O0
do-coverage:
	$(again) O=build-coverage CFLAGS="-g $(COVERAGE)" LDFLAGS="$(COVERAGE)" for-coverage
	$(Q)find build-coverage -name '*.gcda' -delete
	$(Q)tests/run-tests build-coverage unit \
		$(addprefix build-coverage/tests/unit/,$(LIBVGPU_UNIT))
	$(Q)PRINT=build-coverage/tests/cross/print-message tests/run-tests build-coverage golden
	$(Q)tests/run-tests build-coverage fuzz
	$(Q)gcovr --root . --filter libvgpu/ --fail-under-line 95 build-coverage/libvgpu
for-coverage: $(addprefix $(O)/tests/unit/,$(LIBVGPU_UNIT)) $(O)/tests/cross/print-message \
	$(addprefix $(O)/tests/fuzz/,$(addsuffix .reg,$(FUZZ)))

FUZZ_SECONDS ?= 600
FUZZ_FLAGS := -fsanitize=address,undefined
do-fuzz:
	$(again) O=build-fuzz CC=$(CLANG) CFLAGS="-O1 -g $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link" \
		LDFLAGS="$(FUZZ_FLAGS)" for-fuzz
	$(Q)for f in $(FUZZ); do mkdir -p build-fuzz/corpus/$$f; build-fuzz/tests/fuzz/$$f.fuzz \
		-max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
		build-fuzz/corpus/$$f tests/fuzz/corpus/$${f#fuzz-} || exit 1; done
for-fuzz: $(addprefix $(O)/tests/fuzz/,$(addsuffix .fuzz,$(FUZZ)))

# Traces that were changed at random: on soft2d and null under the sanitizers, then on virgl in the
# sandbox, where the renderer may crash. BASES: recorded ones to begin with, beside the hand-made.
MUTANTS ?= 1000000
MUTANTS_VIRGL ?= 10000
BASES	?=
do-check-mutants: all $(addprefix $(O)/,$(HELPERS)) $(O)/tests/fuzz/mutants
	$(again) SAN=1 build-san/tests/fuzz/mutants
	$(Q)tests/fuzz/check-mutants $(O) $(MUTANTS) $(MUTANTS_VIRGL) $(BASES)

# Ten million messages each, under the sanitizers; 10,000 places each where a file of 100 MB is cut or
# damaged; a gigabyte of zeros and of noise: some minutes.
LONG ?= 10000000
LONG_PLACES ?= 10000
do-check-long: all $(O)/tests/unit/test-trace-survive
	$(again) SAN=1 build-san/tests/unit/test-messages
	$(Q)VGPU_LONG=$(LONG) build-san/tests/unit/test-messages
ifneq ($(VIEW_LIBS),)
	$(again) SAN=1 build-san/tests/unit/test-view-view
	$(Q)VGPU_LONG=$(LONG) build-san/tests/unit/test-view-view
endif
ifneq ($(VIEW_LIBS),)
	$(again) SAN=1 build-san/vgpu-view build-san/tests/cli/make-trace \
		build-san/tests/cli/make-busy-trace
	$(Q)VGPU_MONKEY=10000 tests/cli/vgpu-view-use.sh build-san monkey monkey_pair
endif
	$(Q)VGPU_LONG=$(LONG_PLACES) $(O)/tests/unit/test-trace-survive
	$(Q)python3 tests/cli/garbage.py $(O)/vgpu-trace 1024
	$(Q)tests/guest/check-long $(O)

# The same frames whatever Debian's renderer: those of other releases in folders of their own.
RENDERER_SUITES ?= bookworm trixie sid
do-check-renderers: all $(addprefix $(O)/,$(HELPERS))
	$(Q)SUITES="$(RENDERER_SUITES)" tests/renderers/check $(O) $(BASES)

do-bench: all $(addprefix $(O)/tests/bench/,$(BENCH))
	$(Q)for b in $(BENCH); do $(O)/tests/bench/$$b || exit 1; done
	$(Q)for s in bookworm trixie; do tests/bench/guest-overhead $(O) --suite $$s || exit 1; done
	$(Q)tests/bench/sizes $(O)
	$(Q)[ -z "$(BASES)" ] || { tests/bench/replay-share $(O) $(BASES) && \
		tests/bench/save-ranges $(O) $(BASES); }
	$(Q)if command -v eglretrace >/dev/null; then tests/bench/beside-eglretrace $(O); \
	else echo "  SKIP    beside-eglretrace: needs apitrace" >&2; fi
# Places in a gigabyte, which it leaves in $(O) for the next time.
BIG ?= 1100
do-bench-big: all $(O)/tests/bench/big-trace
	$(Q)$(O)/tests/bench/big-trace $(O)/big.vgpu.zst $(BIG) $(O)/vgpu-trace
# The viewer on ten million commands, which it leaves in $(O) for the next time, and live.
VIEW_COMMANDS ?= 10000000
LIVE_SECONDS ?= 600
do-bench-view: $(O)/tests/bench/bench-view $(O)/tests/bench/bench-live
	$(Q)$(O)/tests/bench/bench-view $(O)/view.vgpu.zst $(VIEW_COMMANDS)
	$(Q)$(O)/tests/bench/bench-live $(LIVE_SECONDS)
golden-update: all $(addprefix $(O)/,$(HELPERS) $(PRELOADS))
	$(Q)UPDATE=1 $(run) golden
	$(Q)UPDATE=1 tests/cli/vgpu-view-use.sh $(O) goldens

do-demo: all
	$(Q)tests/guest/demo $(O)

# The README's pictures, of what a guest draws. TRACES: a folder that has the recordings already.
do-screenshots: all
	$(Q)tests/guest/screenshots $(O) $(TRACES)

format:
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

# --- manual pages -----------------------------------------------------------------------------
man: $(O)/man/made
$(O)/man/made: $(TOOLS) $(O)/gen/protocol $(wildcard tracer/man/* */*.h2m */*.3 libvgpu/include/vgpu/* \
		formats/include/vgpu/* */*.map) formats/trace-format.md
	$(call msg,MAN,$(O)/man)
	$(Q)tracer/man/build $(O) $(VERSION)
	@touch $@
$(O)/gen/protocol: $(O)/tracer/man/protocol.o $(O)/libvgpu.a
	$(call msg,LD,$@)
	@mkdir -p $(@D)
	$(link)

# --- set-up, install --------------------------------------------------------------------------
demo: GROUPS = build guest
deps:
	$(Q)[ "$(DEPS)" = skip ] || .ci/deps $(GROUPS)

# What makes desktops know the viewer and its files; below DATADIR.
DESKTOP	:= applications/vgpu-view.desktop icons/hicolor/scalable/apps/vgpu-view.svg \
	mime/packages/vgpu-trace.xml
pc = sed -e 's|@PREFIX@|$(PREFIX)|; s|@BINDIR@|$(BINDIR)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCDIR@|$(INCDIR)|; s|@VERSION@|$(VERSION)|'
install: all $(if $(MAN_TOOLS),man)
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCDIR)/vgpu
	$(INSTALL) -m 755 $(TOOLS) $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 755 $(filter %.so.0,$(LIBS)) $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 644 $(filter %.a,$(LIBS)) $(DESTDIR)$(LIBDIR)
	ln -sf libvgpu.so.0 $(DESTDIR)$(LIBDIR)/libvgpu.so
	ln -sf libvgpu-trace.so.0 $(DESTDIR)$(LIBDIR)/libvgpu-trace.so
	$(INSTALL) -m 644 libvgpu/include/vgpu/* formats/include/vgpu/* $(DESTDIR)$(INCDIR)/vgpu
	$(INSTALL) -d $(DESTDIR)$(WIRESHARKDIR)
	$(INSTALL) -m 644 $(O)/virtio_gpu.lua $(DESTDIR)$(WIRESHARKDIR)
	$(INSTALL) -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	for t in $(TOOL_NAMES); do \
		$(INSTALL) -m 644 tracer/completion/vgpu.bash $(DESTDIR)$(BASHDIR)/$$t || exit 1; done
	$(INSTALL) -m 644 tracer/completion/_vgpu $(DESTDIR)$(ZSHDIR)
ifneq ($(VIEW_LIBS),)
	for d in $(DESKTOP); do $(INSTALL) -d $(DESTDIR)$(DATADIR)/$${d%/*} && \
		$(INSTALL) -m 644 viewer/desktop/$${d##*/} $(DESTDIR)$(DATADIR)/$$d || exit 1; done
endif
	$(INSTALL) -d $(DESTDIR)$(DATADIR)/vgpu
	$(O)/vgpu-trace dump --schema >$(DESTDIR)$(DATADIR)/vgpu/dump.schema.json
	$(INSTALL) -m 644 formats/trace.json $(DESTDIR)$(DATADIR)/vgpu
	$(INSTALL) -d $(DESTDIR)$(UNITDIR)
	$(pc) tracer/record/vgpu-trace-boot.service.in > $(DESTDIR)$(UNITDIR)/vgpu-trace-boot.service
	$(pc) libvgpu/libvgpu.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/libvgpu.pc
	$(pc) formats/libvgpu-trace.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/libvgpu-trace.pc
ifneq ($(MAN_TOOLS),)
	for s in 1 3 5 7; do $(INSTALL) -d $(DESTDIR)$(MANDIR)/man$$s && \
		$(INSTALL) -m 644 $(O)/man/man$$s/* $(DESTDIR)$(MANDIR)/man$$s || exit 1; done
else
	@echo '  SKIP    manual pages: need help2man, lowdown and python3' >&2
endif

uninstall:
	rm -f $(addprefix $(DESTDIR)$(DATADIR)/,$(DESKTOP))
	rm -f $(addprefix $(DESTDIR)$(DATADIR)/vgpu/,dump.schema.json trace.json)
	rm -f $(addprefix $(DESTDIR)$(BASHDIR)/,$(TOOL_NAMES)) $(DESTDIR)$(ZSHDIR)/_vgpu
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,$(notdir $(TOOLS)))
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,$(notdir $(LIBS)) libvgpu.so libvgpu-trace.so \
		pkgconfig/libvgpu.pc pkgconfig/libvgpu-trace.pc)
	rm -f $(addprefix $(DESTDIR)$(INCDIR)/vgpu/,$(notdir $(wildcard libvgpu/include/vgpu/* \
		formats/include/vgpu/*)))
	rm -f $(DESTDIR)$(MANDIR)/man[1357]/vgpu-* $(DESTDIR)$(MANDIR)/man3/vgpu_* \
		$(DESTDIR)$(MANDIR)/man3/libvgpu*
	rm -f $(DESTDIR)$(WIRESHARKDIR)/virtio_gpu.lua
	rm -f $(DESTDIR)$(UNITDIR)/vgpu-trace-boot.service
	-rmdir $(DESTDIR)$(INCDIR)/vgpu

clean:
	rm -rf $(O)

-include $(shell find $(O) -name '*.d' 2>/dev/null)
