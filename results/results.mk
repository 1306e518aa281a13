# SPDX-License-Identifier: BSD-2-Clause
# make results: what both emulated machines show of themselves and of festore, into docs/RESULTS.md and docs/TRACE.md.
# make trace-doc: docs/TRACE.md alone, from the 64-bit machine.

RESULTS_BOOTLOG := build/host/festore-bootlog

.PHONY: results trace-doc
results: $(RESULTS_BOOTLOG)
	@$(MAKE) --no-print-directory MACHINE=qemu-arm64 machine stage
	@$(MAKE) --no-print-directory MACHINE=qemu-armv7 machine stage
	@results/run.sh docs/TRACE.md docs/RESULTS.md -- qemu-arm64 qemu-armv7

trace-doc: $(RESULTS_BOOTLOG)
	@$(MAKE) --no-print-directory MACHINE=qemu-arm64 machine stage
	@results/run.sh docs/TRACE.md -- qemu-arm64

# For lint.mk.
SHELL_FILES += $(wildcard results/*.sh)
