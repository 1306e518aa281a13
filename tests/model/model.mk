# SPDX-License-Identifier: BSD-2-Clause
# "make check-model": the vault's commit protocol, every state that it can reach (docs/SPEC.md, "The protocol as a state machine").

.PHONY: check-model
check-model: | host-packages
	@tests/model/run.py
