#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Replaces, moves, puts and removes until the power goes. Runs as alice.
i=0
while true; do
	i=$((i + 1))
	yes "value $i" | head -c $((10 + i * 397 % 4000)) | festore put -q --storage rpmb small || exit 1
	festore mv -f --storage rpmb moved "moved$i" || exit 1
	yes "value $i" | head -c $((10 + i * 397 % 4000)) | festore put -q --storage rpmb "new$i" || exit 1
	festore mv -f --storage rpmb "moved$i" moved || exit 1
	festore rm --storage rpmb "new$i" || exit 1
done
