# SPDX-License-Identifier: BSD-2-Clause
# make bench: what festore's operations cost on real OP-TEE, beside bare persistent objects (docs/BENCH.md).

BARE_UUID := 0c2b6a5e-93f4-4d0e-8d3c-6f1f5e2a7b90
BENCH := build/bench
BENCH_SRCS := bench/client.c bench/bare_side.c bench/festore_side.c

$(BENCH)/ta/$(BARE_UUID).ta: bench/bare_ta.c bench/bare_ta.h bench/user_ta_header_defines.h bench/sub.mk bench/Makefile $(ARM64_STAMP)
	+$(MAKE) -C bench --no-print-directory TA_DEV_KIT_DIR=$(abspath $(TA_KIT_ARM64)) \
		CROSS_COMPILE=aarch64-linux-gnu- O=$(abspath $(@D)) all

$(BENCH)/client: $(BENCH_SRCS:%.c=build/arm64/obj/%.o) build/arm64/libfestore.so.0
	@mkdir -p $(@D)
	@echo '  LD      $@'
	@$(CC_arm64) $(CLIENT_CFLAGS_arm64) $(CLIENT_LDFLAGS) $(CLIENT_LDFLAGS_arm64) -pie -o $@ $^ $(TEEC_LIB_arm64)

# BENCH_FULL=1 also measures among 300 objects, which takes long to fill.
.PHONY: bench
bench: machine stage $(BENCH)/client $(BENCH)/ta/$(BARE_UUID).ta
	@BENCH=$(BENCH) BENCH_FULL=$(BENCH_FULL) BENCH_COUNTS='$(BENCH_COUNTS)' bench/run.sh

# For lint.mk.
C_FILES += $(wildcard bench/*.[ch])
SHELL_FILES += $(wildcard bench/*.sh)
