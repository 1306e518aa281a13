# SPDX-License-Identifier: BSD-2-Clause
# Line coverage of ta/ and lib/ by the unit tests and the end-to-end scripts on the host: "make coverage" shows it by file,
# "make check-coverage" fails below the floor. They are the runs under ASan and UBSan, whose flavour counts lines.

# Percent of lines; what remains is what only misfortune beyond the fake's reach could run.
COVERAGE_FLOOR := 90

.PHONY: coverage check-coverage
coverage: COVERAGE_FAIL :=
check-coverage: COVERAGE_FAIL := --fail-under-line $(COVERAGE_FLOOR)

# Counters of earlier runs, perhaps of other sources, must not count.
coverage check-coverage: | host-packages
	@find $(BUILD)/host-asan -name '*.gcda' -delete
	@$(MAKE) --no-print-directory check-unit-host-asan
	@$(MAKE) --no-print-directory check-e2e-host-asan
	@gcovr --root . --object-directory $(BUILD)/host-asan --filter ta/ --filter lib/ $(COVERAGE_FAIL) $(BUILD)/host-asan
