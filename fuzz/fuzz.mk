# SPDX-License-Identifier: BSD-2-Clause
# Fuzzing of the two TAs' command entries with clang's libFuzzer over the fake GP API, under ASan and UBSan. "make fuzz" runs until
# something is found or it is stopped; "make check-fuzz" has a time box, a floor of edges, and faults planted to be found;
# "make check-fuzz-short" is the same in a smaller box, for "make check".

FUZZ := $(BUILD)/fuzz
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 300
FUZZ_SHORT_SECONDS ?= 10

# Percent of the edges of ta/, as libFuzzer counts them; nothing else is compiled with counters. With clang 14 there are 720,
# of which a run of 10 s reached 467. What is left needs an object that OP-TEE vouches for and that no TA of ours has written, is what
# request.c reads for the other TA, or is for files in rpmb: the model of what must come out knows ree only (of rpmb, the anchors).
FUZZ_EDGES_FLOOR := 62

# Mutants of tests/mutants/list, each built into a TA of its own that the fuzzer must find fault with.
FUZZ_PLANTED := owner-not-in-the-id get-window-one-too-small sweep-what-a-head-names request-read-twice
# Each is found within seconds, and the run ends there.
FUZZ_PLANTED_SECONDS := 60

# The same for the *vault* TA: of 2,431 edges a run of 40 s reached 1,313. The objects TA is beside it, without counters, so that anchors and PINs are reached.
FUZZ_VAULT_EDGES_FLOOR := 50
FUZZ_VAULT_PLANTED := root-not-compared list-root-not-compared leaf-not-compared store-any-state-is-current content-room-unchecked

FUZZ_SRCS := $(filter-out fuzz/vault.c fuzz/read_%.c,$(wildcard fuzz/*.c)) $(filter-out tests/tee/store.c,$(FAKE_SRCS))
FUZZ_VAULT_SRCS := fuzz/vault.c fuzz/report.c fuzz/store.c $(filter-out tests/tee/store.c,$(FAKE_SRCS))
FUZZ_CFLAGS := -std=gnu11 -O2 -g $(TEST_WARNINGS) -D_GNU_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DFESTORE_RELEASE='"$(HOST_RELEASE)"' -DOBJECTS_PATH='"$(BUILD)/host/tas/$(OBJECTS_UUID).so"'

$(FUZZ)/obj/%.o: %.c $(HOST_INCLUDE_STAMP) fuzz/fuzz.mk
	@mkdir -p $(@D)
	@echo '  CC      $@'
	@$(FUZZ_CC) $(FUZZ_CFLAGS) -Ifuzz/asserts $(TEST_INCLUDES) -MMD -MP -c -o $@ $<

# $(call fuzz_target,FOLDER,SOURCES): the fuzzer in $(FUZZ)/FOLDER, with the TA's sources from the folder SOURCES.
define fuzz_target
$(FUZZ)/$(1)/ta/%.o: $(2)/ta/%.c $(HOST_INCLUDE_STAMP) fuzz/fuzz.mk
	@mkdir -p $$(@D)
	@echo '  CC      $$@'
	@$(FUZZ_CC) $(FUZZ_CFLAGS) -fno-sanitize=undefined -fsanitize=fuzzer-no-link -I$(2)/ta/include -iquote $(2)/ta -iquote $(2)/ta/objects -iquote $(2)/ta/vault $(TEST_INCLUDES) -MMD -MP -c -o $$@ $$<

# As in tests/tests.mk: static memory in sections of its own, that a fresh instance gets back as it was.
# Without ta/kit/, which takes the place of the kit's libc on a board: the fuzzers have libc's own.
$(FUZZ)/$(1)/objects: $$(patsubst %.c,$(FUZZ)/$(1)/%.o,$$(filter-out ta/kit/%,$$(OBJECTS_SRCS))) $$(patsubst %.c,$(FUZZ)/obj/%.o,$$(FUZZ_SRCS))
$(FUZZ)/$(1)/vault: $$(patsubst %.c,$(FUZZ)/$(1)/%.o,$$(filter-out ta/kit/%,$$(VAULT_SRCS))) $$(patsubst %.c,$(FUZZ)/obj/%.o,$$(FUZZ_VAULT_SRCS)) \
		| $(BUILD)/host/tas/$(OBJECTS_UUID).so
$(FUZZ)/$(1)/objects $(FUZZ)/$(1)/vault:
	@echo '  CC      $$@'
	@ld -r -o $$@.whole $$(filter $(FUZZ)/$(1)/ta/%,$$^)
	@objcopy --rename-section .bss=ta_bss --rename-section .data=ta_data $$@.whole $$@.ta
	@$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -rdynamic -o $$@ $$(filter $(FUZZ)/obj/%,$$^) $$@.ta $(OPENSSL_host) $(LIBS_host) -ldl

-include $$(wildcard $(FUZZ)/$(1)/ta/*.d $(FUZZ)/$(1)/ta/*/*.d)
endef
$(eval $(call fuzz_target,true,.))
FUZZ_ALL_PLANTED := $(FUZZ_PLANTED) $(FUZZ_VAULT_PLANTED)
$(foreach name,$(FUZZ_ALL_PLANTED),$(eval $(call fuzz_target,planted/$(name),$(FUZZ)/source/$(name))))
-include $(wildcard $(FUZZ)/obj/*/*.d $(FUZZ)/obj/*/*/*.d)

# The sources of a planted fault: a copy of ta/ with one mutation. Copies keep their time, so that only what has changed is
# compiled anew.
$(FUZZ)/source/planted: $(wildcard ta/*.[ch] ta/*/*.[ch]) tests/mutants/list tests/mutants/mutants.py fuzz/fuzz.mk
	@for name in $(FUZZ_ALL_PLANTED); do \
		rm -rf $(FUZZ)/source/$$name && tests/mutants/mutants.py apply $$name $(FUZZ)/source/$$name || exit 1; \
	done
	@touch $@

$(foreach name,$(FUZZ_ALL_PLANTED),$(addprefix $(FUZZ)/source/$(name)/,$(sort $(OBJECTS_SRCS) $(VAULT_SRCS)))): $(FUZZ)/source/planted
	@:

FUZZ_TARGETS := $(FUZZ)/true/objects $(foreach name,$(FUZZ_PLANTED),$(FUZZ)/planted/$(name)/objects) \
	$(FUZZ)/true/vault $(foreach name,$(FUZZ_VAULT_PLANTED),$(FUZZ)/planted/$(name)/vault)
# The readers (client.mk) and festore trace: each takes hostile bytes from a file of its user's, and no more. A few seconds each in "make check".
FUZZ_READERS := inspect bootlog trace
FUZZ_READ_SECONDS := 3
FUZZ_READ_SRCS_inspect := inspect/ree.c inspect/annotate.c inspect/volumes.c
FUZZ_READ_SRCS_bootlog := bootlog/boot.c bootlog/judge.c bootlog/print.c cli/text.c ta/tag.c
FUZZ_READ_SRCS_trace := $(addprefix cli/trace_,line.c tee.c steps.c names.c story.c print.c json.c) cli/text.c ta/tag.c

$(FUZZ)/read_%: $(HOST_INCLUDE_STAMP) fuzz/fuzz.mk fuzz/read_%.c $(wildcard inspect/*.[ch] bootlog/*.[ch] cli/trace_*.[ch])
	@mkdir -p $(@D)
	@echo '  CC      $@'
	@$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer $(TEST_INCLUDES) -iquote cli -o $@ fuzz/read_$*.c $(FUZZ_READ_SRCS_$*) $(OPENSSL_host)

.PHONY: check-fuzz-readers
check-fuzz-readers: $(FUZZ_READERS:%=$(FUZZ)/read_%) | host-packages
	@fuzz/run.sh readers $(FUZZ) $(FUZZ_READ_SECONDS) $(FUZZ_READERS)

# Which of the two "make fuzz" and "make fuzz-corpus" are about.
FUZZ_TA ?= objects

.PHONY: fuzz check-fuzz check-fuzz-short fuzz-corpus
fuzz: $(FUZZ)/true/$(FUZZ_TA) | host-packages
	@fuzz/run.sh endless $(FUZZ) $(FUZZ_TA)

check-fuzz-short: FUZZ_BOX = $(FUZZ_SHORT_SECONDS)
check-fuzz: FUZZ_BOX = $(FUZZ_SECONDS)
check-fuzz check-fuzz-short: $(FUZZ_TARGETS) $(FUZZ_READERS:%=$(FUZZ)/read_%) | host-packages
	@fuzz/run.sh check $(FUZZ) objects $(FUZZ_BOX) $(FUZZ_EDGES_FLOOR) $(FUZZ_PLANTED_SECONDS) $(FUZZ_PLANTED)
	@fuzz/run.sh check $(FUZZ) vault $(FUZZ_BOX) $(FUZZ_VAULT_EDGES_FLOOR) $(FUZZ_PLANTED_SECONDS) $(FUZZ_VAULT_PLANTED)
	@fuzz/run.sh readers $(FUZZ) $(FUZZ_READ_SECONDS) $(FUZZ_READERS)

# Seeds anew from what "make fuzz" has gathered: few and small, and all edges.
fuzz-corpus: $(FUZZ)/true/$(FUZZ_TA)
	@fuzz/run.sh merge $(FUZZ) $(FUZZ_TA)
