# SPDX-License-Identifier: BSD-2-Clause
# make demo: everything from nothing to a session on real OP-TEE and a verdict. TAMPER=1 damages a stored byte on the way.

# The clock starts when make does, so that set-up counts; downloads are counted by those who make them.
ifneq ($(filter demo,$(MAKECMDGOALS)),)
DEMO_CLOCK := $(shell date +%s.%N; cat $(BUILD)/download-seconds 2>/dev/null | wc -l)
endif

.PHONY: demo
demo: machine stage
	@BUILD=$(BUILD) TAMPER=$(TAMPER) DEMO_CLOCK='$(DEMO_CLOCK)' demo/demo.sh
