# SPDX-License-Identifier: BSD-2-Clause
# "make check-long": what is too long for "make check", about half an hour. Each part is a target of its own. What a run of it
# gave is in docs/TESTS.md.

SIGNAL_ROUNDS ?= 200
MACHINE_SIGNAL_ROUNDS ?= 40
POWER_CUTS ?= 40

.PHONY: check-signals check-cuts
check-signals: machine stage client-host host-tee-host
	@FESTORE_SIGNAL_ROUNDS=$(SIGNAL_ROUNDS) tests/tee/run-e2e.sh $(BUILD)/host tests/e2e/signal.t
	@FESTORE_SIGNAL_ROUNDS=$(MACHINE_SIGNAL_ROUNDS) tests/machine/signals.sh

check-cuts: machine stage
	@tests/machine/cuts.sh $(POWER_CUTS)

# Each is tried, whatever became of those before it.
CHECKS_LONG := check-fuzz check-signals check-cuts bench
.PHONY: check-long
check-long: machine stage
	@failed=; for check in $(CHECKS_LONG); do \
		echo "== $$check"; \
		$(MAKE) --no-print-directory $$check || failed="$$failed $$check"; \
	done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }

SHELL_FILES += $(wildcard tests/machine/*.sh tests/machine/*.t tests/machine/cuts/*)
