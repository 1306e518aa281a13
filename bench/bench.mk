# SPDX-License-Identifier: BSD-2-Clause
# make bench: what festore's operations cost on real OP-TEE, beside bare persistent objects (docs/BENCH.md).

BARE_UUID := 0c2b6a5e-93f4-4d0e-8d3c-6f1f5e2a7b90
BENCH := build/bench
BENCH_SRCS := bench/client.c bench/bulk.c bench/keys.c bench/timing.c bench/bare_side.c bench/festore_side.c bench/filling.c

$(BENCH)/ta/$(BARE_UUID).ta: $(wildcard bench/bare_ta.* bench/bare_aead.* bench/bare_key.*) $(wildcard ta/kit/*) bench/user_ta_header_defines.h bench/sub.mk bench/Makefile $(ARM64_STAMP) $(MBEDTLS_STAMP)
	+$(MAKE) -C bench --no-print-directory TA_DEV_KIT_DIR=$(abspath $(TA_KIT_ARM64)) \
		MBEDTLS_SOURCE=$(abspath $(MBEDTLS_DIR)) CROSS_COMPILE=aarch64-linux-gnu- O=$(abspath $(@D)) all

$(BENCH)/client: $(BENCH_SRCS:%.c=build/arm64/obj/%.o) build/arm64/libfestore.so.0
	@mkdir -p $(@D)
	@echo '  LD      $@'
	@$(CC_arm64) $(CLIENT_CFLAGS_arm64) $(CLIENT_LDFLAGS) $(CLIENT_LDFLAGS_arm64) -pie -o $@ $^ $(TEEC_LIB_arm64)

# On the host, over the fake TEE: fills vaults, and counts what is written.
$(BENCH)/disk: build/host/obj/bench/disk.o build/host/obj/bench/filling.o build/host/libfestore.so.0
	@mkdir -p $(@D)
	@echo '  LD      $@'
	@$(CC_host) $(CLIENT_CFLAGS_host) $(CLIENT_LDFLAGS) -Wl,-rpath,'$$ORIGIN/../host' -pie -o $@ $^ $(SQLITE_host)

# The vault TA with a heap of SMALL_HEAP bytes and else the same: what it does with that, it does not need more for.
SMALL_HEAP := 16384
SMALL_TA := $(BENCH)/small/$(TA_UUID_vault).ta
$(SMALL_TA): $(call ta_files,vault) bench/bench.mk $(ARM64_STAMP)
	+$(MAKE) -C ta --no-print-directory TA=vault TA_DEV_KIT_DIR=$(abspath $(TA_KIT_ARM64)) \
		MBEDTLS_SOURCE=$(abspath $(MBEDTLS_DIR)) CROSS_COMPILE=aarch64-linux-gnu- O=$(abspath $(@D)) TA_CPPFLAGS=-DTA_DATA_SIZE=$(SMALL_HEAP) all

# BENCH_FULL=1 also measures the bare TA and the storage `ree` among 300 objects, which takes long to fill.
.PHONY: bench bench-plot bench-disk check-disk
bench: machine stage host-tee-host $(BENCH)/disk $(BENCH)/client $(BENCH)/ta/$(BARE_UUID).ta $(SMALL_TA)
	@BENCH=$(BENCH) BENCH_FULL=$(BENCH_FULL) BENCH_COUNTS='$(BENCH_COUNTS)' SMALL_HEAP=$(SMALL_HEAP) bench/run.sh

# The picture in docs/BENCH.md, of the last run.
bench-plot:
	@bench/plot.py $(BENCH)/bench.tsv docs/bench.svg

# What a vault of 100,000 tags writes, and what it takes on the disk. No machine is needed.
bench-disk: host-tee-host $(BENCH)/disk
	@BENCH=$(BENCH) bench/disk.sh measure 100000 10000 200

# The same of fewer tags, and that none misses what it must be.
check-disk: host-tee-host $(BENCH)/disk
	@BENCH=$(BENCH) bench/disk.sh measure 2000 10000 50

# For lint.mk.
C_FILES += $(wildcard bench/*.[ch])
SHELL_FILES += $(wildcard bench/*.sh)
