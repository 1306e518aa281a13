# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2054 # others read the variables; the commas are QEMU's
# What is this machine's own, for platform/machine and platform/initramfs.sh: QEMU's virt with 64 bit, TF-A starting Linux directly.

triplet=aarch64-linux-gnu
loader=ld-linux-aarch64.so.1
staged=arm64/root
parts_needed='flash.bin Image base.cpio'
# Whether QEMU ends when the guest powers off.
ends_itself=yes

# In this order: each needs those before it. ext4 without crc32c_generic fails with a misleading "no such file".
modules='tee optee virtio_blk crc16 crc32c_generic mbcache jbd2 ext4 netfs 9pnet 9pnet_virtio 9p'

# The kind of virtio device that this machine has.
virtio=pci

# Sets qemu to what starts the machine with its kernel and the initrd in this folder.
qemu_of_machine() {
	qemu=(
		qemu-system-aarch64
		-M virt,secure=on,gic-version=3,acpi=off -cpu cortex-a57 -smp 1 -m 1024
		-bios "$parts/flash.bin"
		# TF-A jumps to Linux at 0x60000000. "-kernel" is there only because "-append" asks for one.
		-device "loader,file=$parts/Image,addr=0x60000000,force-raw=on"
		-device "loader,file=initrd,addr=0x70000000,force-raw=on"
		-kernel /dev/null
		# QEMU translates code once for each address at which it lies, and anew when page tables are switched: without
		# random places and KPTI a festore command takes a third of the time.
		-append "console=ttyAMA0 quiet panic=-1 norandmaps nokaslr kpti=off mitigations=off initrd=0x70000000,$(stat -c %s initrd)"
	)
}
