# SPDX-License-Identifier: BSD-2-Clause
# Static checks: compilers' warnings are errors in every build; here are the others.

C_FILES := $(wildcard ta/*.[ch] ta/*/*.[ch] include/*.h lib/*.[ch] cli/*.[ch] inspect/*.[ch] bootlog/*.[ch] platform/emmc/*.[ch] fuzz/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch])
SHELL_FILES := $(wildcard system/sync/festore-sync-all platform/*.sh platform/machine platform/*/*.sh demo/*.sh fuzz/*.sh tests/*.sh tests/e2e/*.sh \
	tests/e2e/*.t) .ci/run

# Other versions format otherwise, so only the one that the tree was formatted with can judge.
CLANG_FORMAT_MAJOR := 14

.PHONY: check-lint check-format check-tidy check-analyze check-cppcheck check-shell format
check-lint: check-format check-tidy check-cppcheck check-shell

check-format: | host-packages
	@if clang-format --version | grep -q 'version $(CLANG_FORMAT_MAJOR)\.'; then \
		clang-format --dry-run -Werror $(C_FILES) && echo 'format: as .clang-format says'; \
	else \
		echo 'format: not checked, this is not clang-format $(CLANG_FORMAT_MAJOR)'; \
	fi

format: | host-packages
	clang-format -i $(C_FILES)

TIDY_FLAGS := -std=gnu11 -D_GNU_SOURCE -DFESTORE_RELEASE='"$(RELEASE)"' -Iinclude -Ita/include

# The TA is compiled as its kit compiles it, without the host's libc headers. What follows paths (clang-analyzer-*) takes eight times as
# long as the rest, and is in check-long.
check-tidy: TIDY_CHECKS := --checks=-clang-analyzer-*
check-tidy check-analyze: $(TEEC_READY_arm64) | host-packages
	@clang-tidy --quiet $(TIDY_CHECKS) lib/*.c cli/*.c inspect/*.c bootlog/*.c platform/emmc/*.c tests/client/*.c -- $(TIDY_FLAGS) -iquote ta -iquote cli -I$(TEEC_INCLUDE_arm64) 2>&1 \
		| sed '/warnings* generated/d'; exit $${PIPESTATUS[0]}
	@clang-tidy --quiet $(TIDY_CHECKS) ta/*.c ta/*/*.c -- --target=aarch64-linux-gnu -nostdinc -isystem $(TA_KIT_ARM64)/include \
		-isystem $(shell clang -print-resource-dir)/include $(TIDY_FLAGS) -iquote ta -DARM64=1 2>&1 \
		| sed '/warnings* generated/d'; exit $${PIPESTATUS[0]}
	@echo 'clang-tidy: nothing found'

check-cppcheck: | host-packages
	@cppcheck --enable=warning,performance,portability --inline-suppr --std=c11 --error-exitcode=1 -q \
		--suppress=missingInclude --suppress=normalCheckLevelMaxBranches -Iinclude -Ita/include -DFESTORE_RELEASE='"$(RELEASE)"' ta lib cli inspect bootlog platform/emmc tests/client
	@echo 'cppcheck: nothing found'

check-shell: | host-packages
	@shellcheck -x $(SHELL_FILES)
	@echo 'shellcheck: nothing found'
