# SPDX-License-Identifier: BSD-2-Clause
# Line coverage of ta/ and lib/ by the unit tests and the end-to-end scripts on the host: "make coverage" shows it by file,
# "make check-coverage" fails below the floor. A flavour of its own, build/host-coverage.

# Percent of lines; what remains is what only misfortune beyond the fake's reach could run.
COVERAGE_FLOOR := 90

# tests/tee/linked.c calls the last two if they are there, and only a request brings them there.
FLAVOUR_host-coverage := --coverage -O0 -Wl,-u,__gcov_dump,-u,__gcov_reset
LIBS_host-coverage := $(LIBS_host)
SQLITE_host-coverage := $(SQLITE_host)
OPENSSL_host-coverage := $(OPENSSL_host)
CMOCKA_host-coverage := $(CMOCKA_host)
COVERAGE := $(BUILD)/host-coverage
COVERAGE_PLACE := $(COVERAGE)/place
READY_host-coverage := $(COVERAGE_PLACE)
SAMPLE_host-coverage := 40
$(eval $(call host_flavour,host-coverage))
TEEC_READY_host-coverage += $(COVERAGE_PLACE)
$(eval $(call client,host-coverage))

# Objects write their counters where they were compiled: in a clone that was moved or copied they are compiled anew.
.PHONY: coverage-always
coverage-always:
$(COVERAGE_PLACE): coverage-always
	@mkdir -p $(@D)
	@[ "$$(cat $@ 2>/dev/null)" = '$(CURDIR)' ] || printf '%s\n' '$(CURDIR)' >$@

# The one that limits the size of files would limit gcov's too.
COVERAGE_SCRIPTS := $(filter-out %/badinput.t,$(wildcard tests/e2e/*.t))

.PHONY: coverage check-coverage
coverage: COVERAGE_FAIL :=
check-coverage: COVERAGE_FAIL := --fail-under-line $(COVERAGE_FLOOR)

# Counters of earlier runs, perhaps of other sources, must not count. The scripts' output is kept for a failure only.
coverage check-coverage: $(addprefix $(COVERAGE)/unit/,$(UNIT_TESTS)) client-host-coverage host-tee-host-coverage | host-packages
	@find $(COVERAGE) -name '*.gcda' -delete
	@FESTORE_TEST_SAMPLE=$(SAMPLE_host-coverage) tests/tee/run-unit.sh host-coverage $(addprefix $(COVERAGE)/unit/,$(sort $(UNIT_TESTS))) >$(COVERAGE)/unit.log || \
		{ cat $(COVERAGE)/unit.log; exit 1; }
	@tests/tee/run-e2e.sh $(COVERAGE) $(COVERAGE_SCRIPTS) >$(COVERAGE)/e2e.log 2>&1 || { cat $(COVERAGE)/e2e.log; exit 1; }
	@gcovr --root . --object-directory $(COVERAGE) --filter ta/ --filter lib/ $(COVERAGE_FAIL) $(COVERAGE)
