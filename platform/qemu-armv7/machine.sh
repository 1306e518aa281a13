# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2054 # others read the variables; the commas are QEMU's
# What is this machine's own, for platform/machine and platform/initramfs.sh: QEMU's virt with 32 bit, the board's Linux in it.

triplet=arm-linux-gnueabihf
loader=ld-linux-armhf.so.3
staged=armhf/root
parts_needed='flash.bin zImage base.cpio'
# This OP-TEE has no way to switch QEMU off, so the host does when the guest says that it is done.
ends_itself=no

# All of it is built into this Linux.
modules=
virtio=device

# TF-A's 32-bit machine knows no other processor. U-Boot finds kernel, initrd and command line where QEMU offers them.
qemu_of_machine() {
	qemu=(
		qemu-system-arm
		-M virt,secure=on,acpi=off -cpu cortex-a15 -smp 1 -m 1024
		-bios "$parts/flash.bin"
		-kernel "$parts/zImage" -initrd initrd
		-append "console=ttyAMA0 quiet panic=-1 norandmaps"
	)
}
