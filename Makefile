# charnn: `make help` lists the goals.  Objects live in build/<variant>.
MAKEFLAGS += --no-builtin-rules
VARIANT   ?= $(if $(DEBUG),debug,release)
BUILD     := build/$(VARIANT)
ifeq ($(origin CC),default)
CC        := cc
endif
WARN      := -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
             -Wpointer-arith -Wwrite-strings
CFLAGS_release := -O2
CFLAGS_debug   := -O1 -g
CFLAGS_double  := -O3 -g -DCHARNN_DOUBLE
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined \
                  -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -Iinclude -Isrc/lib -Isrc/tool -fvisibility=hidden -fPIC -pthread \
              $(WARN) $(if $(NO_AVX),-DCHARNN_NO_AVX) $(CFLAGS_$(VARIANT)) $(CFLAGS)
ALL_LIBS   := $(LDFLAGS) -lm -pthread
VERSION    := $(shell sed -n 's/^.define CHARNN_VERSION "\(.*\)"/\1/p' include/charnn.h)

# Short lines such as "CC src/lib/api.o"; V=1 prints whole commands.
Q   := $(if $(V),,@)
say  = $(if $(V),,@echo '$(1)' '$(@:$(BUILD)/%=%)')

# Sources named *_isa.c, and the cells, are compiled once per instruction set; no other objects
# have -m flags.  A row here and one in src/lib/math/isa.h adds an instruction set.
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ISAS_x86_64  := sse2 $(if $(NO_AVX),,avx2 avx512)
ISAS_aarch64 := neon
ISA_FLAGS_sse2   := -DVEC_BYTES=16
ISA_FLAGS_avx2   := -DVEC_BYTES=32 -mavx2 -mfma
ISA_FLAGS_avx512 := -DVEC_BYTES=64 -mavx512f -mavx512bw -mfma -mprefer-vector-width=512
ISA_FLAGS_neon   := -DVEC_BYTES=16
ISA_FLAGS_ref    := -DVEC_SCALAR
ISAS  := ref $(if $(filter double,$(VARIANT)),,$(ISAS_$(MACHINE)))
TILES := $(filter-out ref,$(ISAS))
KERNEL_FLAGS := -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math

CELL_SRC  := $(wildcard src/lib/nn/cell_*.c)
POINT_SRC := src/lib/math/pointwise_isa.c src/lib/math/int8_isa.c $(CELL_SRC)
TILE_SRC  := src/lib/math/tile_isa.c
LIB_SRC   := $(filter-out $(TILE_SRC) $(POINT_SRC),$(wildcard src/lib/*.c src/lib/*/*.c))
# Templates of the files that `charnn export` writes, templates of pages, and shell completions
# become arrays of bytes that are named after folder and file.
LIB_TEXTS  := $(wildcard src/lib/*/*.html src/lib/*/*.in)
TOOL_TEXTS := $(wildcard src/tool/*/*.html src/tool/cli/charnn.*)
ISA_OBJ := $(foreach s,$(TILE_SRC:.c=),$(TILES:%=$(BUILD)/$(s).%.o)) \
           $(foreach s,$(POINT_SRC:.c=),$(ISAS:%=$(BUILD)/$(s).%.o))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o) $(ISA_OBJ) $(LIB_TEXTS:%=$(BUILD)/%.o)
# LIB is the library for users; INTERNAL has the same objects, unlinked, for the program and the
# tests.
LIB      := $(BUILD)/libcharnn.a
SONAME   := libcharnn.so.$(firstword $(subst ., ,$(VERSION)))
SHARED   := $(BUILD)/libcharnn.so.$(VERSION)
INTERNAL := $(BUILD)/libinternal.a
OBJCOPY  := $(shell $(CC) -print-prog-name=objcopy)

# A command is a file in src/tool, or a folder there with a file of the same name.  Everything else
# there is in an archive, from which each command takes what it needs.
MAINS    := $(filter $(wildcard src/tool/*.c) $(foreach d,$(wildcard src/tool/*/), \
              $(d)$(notdir $(d:/=)).c),$(wildcard src/tool/*.c src/tool/*/*.c))
COMMANDS := $(filter-out charnn,$(notdir $(MAINS:.c=)))
SCRIPTS  := sweep table
TOOL_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(MAINS),$(wildcard src/tool/*/*.c))) \
            $(TOOL_TEXTS:%=$(BUILD)/%.o)
TOOL     := $(BUILD)/libtool.a
PROGRAMS := $(COMMANDS:%=$(BUILD)/bin/charnn-%)
BINS     := $(BUILD)/bin/charnn $(PROGRAMS) $(SCRIPTS:%=$(BUILD)/bin/charnn-%)
TESTS    := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c) $(wildcard tests/*.c))
DOUBLE_TESTS := $(patsubst %.c,build/double/%,$(wildcard tests/double/test_*.c))

all: $(BINS) $(LIB)
ifeq ($(VARIANT),release)
all: charnn
charnn: $(BUILD)/bin/charnn
	@ln -sf $< $@
endif

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# src/lib/export/model.c.in becomes export_model_c_in[], with a 0 at the end.
$(patsubst %,$(BUILD)/%.o,$(LIB_TEXTS) $(TOOL_TEXTS)): $(BUILD)/src/%.o: src/%
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q){ echo 'extern const char $(subst /,_,$(subst .,_,$(patsubst lib/%,%,$(*:tool/%=%))))[];'; \
	  echo 'const char $(subst /,_,$(subst .,_,$(patsubst lib/%,%,$(*:tool/%=%))))[] = {'; \
	  od -A n -v -t d1 $< | sed 's/[0-9][0-9]*/&,/g'; echo '0 };'; } | \
	    $(CC) $(ALL_CFLAGS) -x c -c - -o $@

# A static pattern for each kernel source: object.ISA.o from source.c.
define isa_rule
$(2:%=$(BUILD)/$(1:.c=).%.o): $(BUILD)/$(1:.c=).%.o: $(1)
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(KERNEL_FLAGS) -DISA=$$* $$(ISA_FLAGS_$$*) -MMD -MP -c $$< -o $$@
endef
$(if $(TILES),$(eval $(call isa_rule,$(TILE_SRC),$(TILES))))
$(foreach s,$(POINT_SRC),$(eval $(call isa_rule,$(s),$(ISAS))))

$(INTERNAL): $(LIB_OBJ)
$(TOOL): $(TOOL_OBJ)
$(INTERNAL) $(TOOL):
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

# One object in which hidden names are local: it exports only charnn_*, so a program may have a
# buf_add of its own.  Without objcopy, it is a plain archive.
$(LIB): $(LIB_OBJ)
	@rm -f $@
	$(call say,AR)
	$(Q)if command -v $(OBJCOPY) >/dev/null; then \
	    $(CC) -nostdlib -r $^ -o $(@:.a=.o) && \
	    $(OBJCOPY) --localize-hidden $(@:.a=.o) && $(AR) rcs $@ $(@:.a=.o); \
	else $(AR) rcs $@ $^; fi

$(SHARED): $(LIB_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(ALL_CFLAGS) -shared -Wl,-soname,$(SONAME) $^ -o $@ $(ALL_LIBS)

# Programs: an object and the two archives.
define link
@mkdir -p $(@D)
$(call say,LD)
$(Q)$(CC) $(ALL_CFLAGS) $^ -o $@ $(ALL_LIBS)
endef
$(BUILD)/bin/charnn: $(BUILD)/src/tool/charnn.o $(TOOL) $(INTERNAL)
	$(link)
$(foreach m,$(filter-out src/tool/charnn.c,$(MAINS)), \
  $(eval $(BUILD)/bin/charnn-$(notdir $(m:.c=)): $(m:%.c=$(BUILD)/%.o) $(TOOL) $(INTERNAL)))
$(PROGRAMS):
	$(link)
$(SCRIPTS:%=$(BUILD)/bin/charnn-%): $(BUILD)/bin/charnn-%: scripts/%.sh
	@mkdir -p $(@D)
	@cp $< $@
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(TOOL) $(INTERNAL)
	$(link)
$(BUILD)/tests/example: $(BUILD)/tests/example.o $(LIB)
	$(link)

# ----------------------------------------------------------------------- install
# `make install PREFIX=/usr DESTDIR=stage`; any folder below can be set too.
PREFIX     ?= /usr/local
bindir     := $(PREFIX)/bin
libexecdir := $(PREFIX)/libexec/charnn
libdir     := $(PREFIX)/lib
includedir := $(PREFIX)/include
mandir     := $(PREFIX)/share/man
bashdir    := $(PREFIX)/share/bash-completion/completions
zshdir     := $(PREFIX)/share/zsh/site-functions
fishdir    := $(PREFIX)/share/fish/vendor_completions.d
STAGE      := $(BUILD)/install

install uninstall: export PREFIX := $(PREFIX)
$(foreach v,DESTDIR bindir libexecdir libdir includedir mandir bashdir zshdir fishdir, \
  $(eval install uninstall: export $(v) := $($(v))))

# The installed dispatcher knows the folder of the commands.
install: all $(SHARED)
	@mkdir -p $(STAGE)
	$(Q)$(CC) $(ALL_CFLAGS) -DCHARNN_LIBEXEC='"$(libexecdir)"' src/tool/charnn.c $(TOOL) $(INTERNAL) \
	    -o $(STAGE)/charnn $(ALL_LIBS)
	@scripts/install.sh install $(BUILD) $(VERSION)

uninstall:
	@scripts/install.sh uninstall $(BUILD) $(VERSION)

# ------------------------------------------------------------------------- tests
UNIT_TESTS := $(filter $(BUILD)/tests/unit/%,$(TESTS))
FUZZ_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
DEMO := $(BUILD)/demo

# A library to preload, which makes calls of the C library fail.
FAULTS := $(BUILD)/tests/fault/fault.so
$(FAULTS): tests/fault/fault.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O1 -g -fPIC -shared $< -o $@ -ldl

# Builds every program and test, but does not make the link ./charnn.
programs: $(BINS) $(LIB) $(TESTS) $(FUZZ_TESTS) $(if $(filter release,$(VARIANT)),$(FAULTS))

# Linked without a fuzzer, a fuzz target reads the stored inputs.
$(FUZZ_TESTS): %: %.o $(BUILD)/tests/fuzz/replay.o $(TOOL) $(INTERNAL)
	$(link)

# Gradient checks need double precision, which has a build of its own.
ifneq ($(VARIANT),double)
double: # one make for all of them, because they share an archive
	@$(MAKE) -s --no-print-directory VARIANT=double CFLAGS= $(DOUBLE_TESTS)
endif

# Tests of what is the same in all variants run in the release build only.
ifeq ($(VARIANT),release)
ONCE := $(filter-out %/check_fuzz.sh,$(wildcard tests/check_*.sh)) tests/cli/get-data.sh $(DOUBLE_TESTS)
endif

test: programs all $(if $(ONCE),double)
	@BUILD=$(BUILD) CHARNN_BIN=$(BUILD)/bin CC="$(CC)" tests/run.sh $(ONCE) tests/check_fuzz.sh \
	    $(UNIT_TESTS) tests/cli/run.sh

# Makes the picture in README.md with the program itself; takes half a minute.
pictures: all
	$(BUILD)/bin/charnn gradflow -o data/gradflow.svg data/play.txt

demo: all
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@echo "Training on data/play.txt; it takes half a minute."
	@$(BUILD)/bin/charnn train -o $(DEMO)/play.bin data/play.txt
	@echo; echo "charnn sample -t 0.7 -n 600 play.bin:"; echo
	@$(BUILD)/bin/charnn sample -t 0.7 -n 600 -s 1 $(DEMO)/play.bin; echo

check-all:
	@tests/check-all.sh

bench: all $(BUILD)/tests/bench/random_text
	@scripts/bench.sh

clean:
	rm -rf build charnn

help:
	@echo 'make              the program ./charnn and the library, in build/release'
	@echo 'make demo         trains on a play for half a minute, and writes a scene'
	@echo 'make test         all tests that need nothing but a compiler; minutes'
	@echo 'make check-all    longer tests, with other tools; says what is missing'
	@echo 'make bench        the speed of training and sampling'
	@echo 'make install      into PREFIX=/usr/local, below DESTDIR=; make uninstall'
	@echo 'make pictures     the picture in README.md'
	@echo 'make clean        removes what was built'
	@echo
	@echo 'DEBUG=1 builds for a debugger, V=1 prints whole commands, CC= and CFLAGS= as usual.'

.PHONY: all double programs test pictures demo check-all bench clean install uninstall help
.SECONDARY:
-include $(shell test -d $(BUILD) && find $(BUILD) -name '*.d')
