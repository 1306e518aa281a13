# SPDX-License-Identifier: BSD-2-Clause
# "make check-long": what is too long for "make check", about half an hour. Each part is a target of its own. What a run of it
# gave is in docs/TESTS.md.

SIGNAL_ROUNDS ?= 200
MACHINE_SIGNAL_ROUNDS ?= 40
POWER_CUTS ?= 40

CROWD_SECONDS ?= 60
KILL_ROUNDS ?= 20
MACHINE_KILL_ROUNDS ?= 10

.PHONY: check-signals check-cuts check-rpmb check-rollback check-clients check-kills
check-signals: machine stage client-host host-tee-host
	@FESTORE_SIGNAL_ROUNDS=$(SIGNAL_ROUNDS) tests/tee/run-e2e.sh $(BUILD)/host tests/e2e/signal.t
	@FESTORE_SIGNAL_ROUNDS=$(MACHINE_SIGNAL_ROUNDS) tests/machine/alone.sh tests/e2e/signal.t

check-cuts: machine stage
	@tests/machine/cuts.sh $(POWER_CUTS)

# Four users for an hour: nothing lost, memory flat. Not in check-long.
SOAK_SECONDS ?= 3600
.PHONY: soak
soak: machine stage client-host
	@tests/machine/soak.sh $(SOAK_SECONDS) $(BUILD)/host

check-clients: machine stage client-host host-tee-host client-host-asan host-tee-host-asan
	@FESTORE_E2E_STORAGES=vault FESTORE_CROWD_SECONDS=$(CROWD_SECONDS) tests/tee/run-e2e.sh $(BUILD)/host tests/clients/several.t
	@FESTORE_E2E_STORAGES=vault FESTORE_CROWD_SECONDS=$(CROWD_SECONDS) tests/tee/run-e2e.sh $(BUILD)/host-asan tests/clients/several.t
	@FESTORE_CROWD_SECONDS=$(CROWD_SECONDS) tests/machine/alone.sh tests/clients/several.t

check-kills: machine stage client-host host-tee-host
	@FESTORE_E2E_STORAGES=vault FESTORE_KILL_ROUNDS=$(KILL_ROUNDS) tests/tee/run-e2e.sh $(BUILD)/host tests/clients/kills.t
	@FESTORE_KILL_ROUNDS=$(MACHINE_KILL_ROUNDS) tests/machine/alone.sh tests/clients/kills.t

# What goes wrong around real OP-TEE: each system call of the command, and of tee-supplicant, fails; calls past libteec, for ten minutes.
SHAKE_SECONDS ?= 600
.PHONY: check-faults check-shake
check-faults: machine stage
	@tests/machine/alone.sh tests/machine/faults.t
	@tests/machine/alone.sh tests/machine/supplicant.t $(TA_UUID_objects)

# A tee-supplicant that gives wrong, short and old data, errors, and lies.
.PHONY: check-hostile
check-hostile: machine stage
	@tests/machine/hostile.sh $(TA_UUID_vault)

check-shake: machine stage
	@FESTORE_SHAKE_SECONDS=$(SHAKE_SECONDS) tests/machine/alone.sh tests/machine/shake.t

# What is called when the system goes down.
.PHONY: check-sync
check-sync: machine stage
	@tests/machine/alone.sh tests/machine/sync.t

# Keys in real OP-TEE, and openssl and ssh-keygen.
.PHONY: check-interop
check-interop: machine stage
	@tests/machine/interop.sh $(ARM64_ROOT)

# The storage rpmb, in the machine that has one.
RPMB_CUTS ?= 10
check-rpmb:
	@$(MAKE) --no-print-directory MACHINE=qemu-arm64-rpmb RPMB= machine stage
	@tests/machine/rpmb.sh $(RPMB_CUTS)

# Old copies, put back in each way, of vaults with each anchor: docs/THREATS.md has its table.
.PHONY: check-rollback
check-rollback:
	@$(MAKE) --no-print-directory MACHINE=qemu-arm64-rpmb RPMB= machine stage
	@tests/machine/rollback.sh

# All but the soak. Each is tried, whatever became of those before it.
CHECKS_LONG_qemu-arm64 := check-analyze check-unit-host check-e2e-host check-e2e-host-m32 mutants check-fuzz check-signals check-clients check-kills check-cuts check-rpmb check-rollback check-sync check-faults check-hostile check-shake check-interop check-image-anew bench
# What is about the machine: all of the end-to-end suite, and what is longer there.
CHECKS_LONG_qemu-armv7 := check-machine check-signals check-clients check-kills check-cuts
CHECKS_LONG := $(CHECKS_LONG_$(MACHINE))
.PHONY: check-long
check-long: machine stage
	@failed=; for check in $(CHECKS_LONG); do \
		echo "== $$check"; \
		$(MAKE) --no-print-directory $$check || failed="$$failed $$check"; \
	done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }

SHELL_FILES += $(wildcard tests/clients/*) $(wildcard tests/machine/*.sh tests/machine/*.t tests/machine/cuts/*.sh tests/machine/cuts/*.t tests/machine/rpmb/* tests/machine/rollback/* tests/machine/hostile/*) $(wildcard tests/machine/soak/*.sh)
