# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2054,SC2154 # others read and set the variables; the commas are QEMU's
# What is this machine's own: qemu-arm64 with a second disk, on which its eMMC has what outlives a power cut (platform/emmc).

# shellcheck source=platform/qemu-arm64/machine.sh
. "$top/platform/qemu-arm64/machine.sh"
staged=arm64-rpmb/root
emmc_len=139264
