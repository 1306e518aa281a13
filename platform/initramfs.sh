#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the guest's root file system: base.cpio from Debian packages and guest/, and overlay.cpio from what this repository
# staged. Linux unpacks both, one after the other, so that a change of ours costs a second.
# usage: platform/initramfs.sh base ROOT OUTPUT-FOLDER MACHINE
#        platform/initramfs.sh overlay STAGED-TREE OUTPUT-FOLDER
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
system=$here/../system

# Owner and order are fixed, so that the same tree gives the same archive whoever packs it.
pack() {
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) >"$2.new"
	mv "$2.new" "$2"
}

empty_tree() {
	rm -rf "$1"
	mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib"
}

base() {
	root=$1 output=$2 tree=$2/base
	# shellcheck source=platform/qemu-arm64/machine.sh
	. "$here/$3/machine.sh"
	empty_tree "$tree"
	for folder in bin sbin lib; do
		ln -s "usr/$folder" "$tree/$folder"
	done
	mkdir -p "$tree/dev" "$tree/proc" "$tree/sys" "$tree/run" "$tree/tmp" "$tree/root" "$tree/home" "$tree/host/share" \
		"$tree/host/tests" "$tree/disk" "$tree/etc" "$tree/var/lib/tee" "$tree/var/lib/festore" "$tree/usr/lib/optee_armtz" \
		"$tree/usr/lib/modules" "$tree/usr/lib/$triplet" "$tree/usr/lib/machine"
	chmod 0700 "$tree/root"

	cp "$root/usr/bin/busybox" "$root/usr/bin/strace" "$tree/usr/bin/"
	cp "$root/usr/sbin/tee-supplicant" "$tree/usr/sbin/"
	cp -L "$root/usr/lib/$triplet/$loader" "$tree/usr/lib/"
	for library in libc.so.6 libm.so.6 libteec.so.2 libsqlite3.so.0 libcrypto.so.3 libz.so.1 libzstd.so.1; do
		cp -L "$root/usr/lib/$triplet/$library" "$tree/usr/lib/$triplet/"
	done
	: >"$tree/usr/lib/modules/order"
	for module in $modules; do
		file=$(find "$root/usr/lib/modules" -name "$module.ko*")
		case $file in
		*.ko.xz) xz -dc "$file" >"$tree/usr/lib/modules/$module.ko" ;;
		*.ko) cp "$file" "$tree/usr/lib/modules/" ;;
		*)
			echo "initramfs: Debian's kernel has no module $module (or more than one): '$file'" >&2
			exit 1
			;;
		esac
		echo "$module" >>"$tree/usr/lib/modules/order"
	done

	install -m 0755 "$here/guest/init" "$tree/init"
	install -m 0755 "$here/guest/agent" "$here/guest/supplicant" "$here/guest/shutdown" "$tree/usr/lib/machine/"
	install -m 0644 "$here/guest/inittab" "$here/guest/passwd" "$here/guest/group" "$here/guest/profile" "$here/guest/issue" \
		"$tree/etc/"
	mkdir -p "$tree/usr/lib/system"
	cp -R "$system/udev" "$system/sysusers.d" "$system/tmpfiles.d" "$system/tee-supplicant.service.d" "$system/sync" "$tree/usr/lib/system/"
	pack "$tree" "$output/base.cpio"
}

# A directory named lib would replace the guest's link to usr/lib, so what was staged under it moves there.
overlay() {
	staged=$1 output=$2 tree=$2/overlay
	empty_tree "$tree"
	if [ -d "$staged" ]; then
		cp -R "$staged/." "$tree/"
		for folder in bin sbin lib; do
			if [ -d "$tree/$folder" ]; then
				cp -R "$tree/$folder/." "$tree/usr/$folder/"
				rm -rf "${tree:?}/$folder"
			fi
		done
	fi
	pack "$tree" "$output/overlay.cpio"
}

mkdir -p "$3"
case $1 in
base | overlay) "$@" ;;
*) exit 2 ;;
esac
