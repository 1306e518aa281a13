# SPDX-License-Identifier: BSD-2-Clause
# "make mutants": each deliberate fault of tests/mutants/list must be noticed by the unit test that it names. Only what a fault
# changes is compiled anew, in build/mutants/, without debug information; the rest are the ordinary host flavour's objects.

MUTANTS := $(BUILD)/mutants
# Programs of the tests that the list names.
MUTANTS_TESTS := $(shell sed -n 's|^[^\#].* :: \([a-z_]*\)/[a-z_]* :: .*|\1|p' tests/mutants/list | sort -u)

# A sixteenth of them at a time, by the commit; all in check-long.
.PHONY: mutants check-mutants
check-mutants: export MUTANTS_SHARE := 16
mutants check-mutants: $(addprefix $(BUILD)/host/unit/,$(MUTANTS_TESTS)) | host-packages
	@rm -rf $(MUTANTS)
	@mkdir -p $(MUTANTS)
	@$(HOST_CC) $(TEST_CFLAGS) -shared -o $(MUTANTS)/only.so tests/mutants/only.c
	@MUTANTS_COMPILE="$(HOST_CC) $(filter-out -g,$(TEST_CFLAGS)) $(TEST_INCLUDES) -DFESTORE_RELEASE='\"$(HOST_RELEASE)\"' \
		-DFESTORE_QUOTA_FILE='\"$(UNIT_QUOTA_FILE)\"'" \
		MUTANTS_LINK="$(HOST_CC)" MUTANTS_LIBS="$(CMOCKA_host) $(SQLITE_host) $(OPENSSL_host) $(LIBS_host) -ldl" MUTANTS_WRAP="$(UNIT_LIB_WRAP)" \
		MUTANTS_TA="$(OBJECTS_SRCS)" MUTANTS_VAULT="$(VAULT_SRCS)" MUTANTS_LIB="$(UNIT_LIB_SRCS)" MUTANTS_CLI="$(UNIT_CLI_SRCS)" MUTANTS_READ="$(UNIT_READ_SRCS)" \
		MUTANTS_FAKE="$(FAKE_SRCS:%.c=$(BUILD)/host/tests-obj/%.o)" MUTANTS_OBJECTS=$(BUILD)/host/tests-obj \
		MUTANTS_STORE="$(UNIT_STORE_SRCS:%.c=$(BUILD)/host/tests-obj/%.o)" MUTANTS_STORE_WRAP="$(UNIT_STORE_WRAP)" \
		MUTANTS_PROGRAMS=$(BUILD)/host/unit MUTANTS_FOLDER=$(MUTANTS) tests/mutants/mutants.py run
