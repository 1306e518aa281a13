#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is in the board's SD-card image, read from its bytes by what ST, TF-A and OP-TEE document: partition table, first stage,
firmware package, device trees, file system, and that this OP-TEE loads these TAs and none that OP-TEE's public key signed.
usage: contents.py IMAGE PUBLIC-KEY DEFAULT-KEY       run by "make check-image" """
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
sys.dont_write_bytecode = True  # the tree stays as it is
from tap import check, done

SECTOR = 512
FSBL = "8da63339-0007-60c0-c436-083ac8230908"
WANTED = [
    ("fsbl1", FSBL, 256 << 10),
    ("fsbl2", FSBL, 256 << 10),
    ("fip", "19d5df83-11b0-457b-be2c-7559c13142a5", 4 << 20),
    ("u-boot-env", "3de21764-95bd-54bd-a5c3-4abe786f38a8", 512 << 10),
    ("rootfs", "69dad710-2ce4-4e3c-b16c-21a1d49abed3", 400 << 20),
]
# By TF-A's names (fiptool help); the UUIDs as they lie in a FIP.
FIP = {
    "05d0e189-53dc-1347-8d2b-500a4b7a3e38": "tos-fw",
    "0b70c29b-2a5a-7840-9f65-0a5682738288": "tos-fw-extra1",
    "8ea87bb1-cfa2-3f4d-85fd-e7bba50220d9": "tos-fw-extra2",
    "d6d0eea7-fcea-d54b-9782-9934f234b6e4": "nt-fw",
    "5807e16a-8459-47be-8ed5-648e8dddab0e": "fw-config",
    "08b8f1d9-c9cf-9349-a962-6fbc6b7265cc": "hw-config",
}
SYSRAM, SYSRAM_END = 0x2FFC0000, 0x30000000
OPTEE_AT, OPTEE_SIZE = 0xDE000000, 0x2000000
TAS = ["d625dbef-bb3e-442a-b873-961996814ee7", "b4d298d3-c925-42ec-96d9-4437534aa455"]


def read_table(image, at):
    """The partitions of the GPT whose header is in sector `at`, and whether its checksums are right."""
    image.seek(at * SECTOR)
    header = image.read(92)
    magic, _, size, crc, _, here, _, _, _ = struct.unpack("<8sIIIIQQQQ", header[:56])
    entries_at, count, entry_size, entries_crc = struct.unpack("<QIII", header[72:92])
    image.seek(entries_at * SECTOR)
    entries = image.read(count * entry_size)
    zeroed = header[:16] + bytes(4) + header[20:size]
    right = magic == b"EFI PART" and here == at and zlib.crc32(zeroed) == crc and zlib.crc32(entries) == entries_crc
    partitions = []
    for i in range(count):
        entry = entries[i * entry_size : (i + 1) * entry_size]
        kind, _, first, last, attributes = struct.unpack("<16s16sQQQ", entry[:56])
        if kind != bytes(16):
            name = entry[56:128].decode("utf-16le").rstrip("\0")
            partitions.append((name, str(uuid.UUID(bytes_le=kind)), first, last, attributes))
    return partitions, right


def check_table(image, sectors):
    partitions, right = read_table(image, 1)
    check(right, "the partition table's checksums are right")
    backup, backup_right = read_table(image, sectors - 1)
    check(backup_right and backup == partitions, "so are its copy's at the end, which says the same")
    found = [(name, kind, (last - first + 1) * SECTOR) for name, kind, first, last, _ in partitions]
    check(found == WANTED, "it has the partitions that the board wants, by name, type and size", found)
    places = sorted((first, last) for _, _, first, last, _ in partitions)
    check(all(a[1] < b[0] for a, b in zip(places, places[1:])), "no two of them overlap")
    check([name for name, _, _, _, attributes in partitions if attributes & 4] == ["rootfs"],
        "U-Boot looks for its script on rootfs alone")
    return {name: (first * SECTOR, (last - first + 1) * SECTOR) for name, _, first, last, _ in partitions}


def check_first_stage(name, data):
    magic, checksum = data[:4], struct.unpack("<I", data[68:72])[0]
    length, entry = struct.unpack("<II", data[76:84])
    load = struct.unpack("<I", data[88:92])[0]
    check(magic == b"STM2" and data[74] == 1, f"{name}: the header has ST's magic and version 1")
    check(256 + length <= len(data), f"{name}: the length is within the partition", length)
    check(sum(data[256 : 256 + length]) & 0xFFFFFFFF == checksum, f"{name}: the checksum is that of the bytes")
    check(SYSRAM < load and load + length < SYSRAM_END, f"{name}: it is loaded into the chip's own memory", hex(load))
    check(load <= entry < load + length, f"{name}: and entered there", hex(entry))
    check(set(data[256 + length :]) <= {0}, f"{name}: nothing is behind it")


def read_package(data):
    check(struct.unpack("<I", data[:4])[0] == 0xAA640001, "fip: it has TF-A's magic")
    parts, at = {}, 16
    while data[at : at + 16] != bytes(16):
        kind = str(uuid.UUID(bytes=data[at : at + 16]))
        offset, size, _ = struct.unpack("<QQQ", data[at + 16 : at + 40])
        check(offset + size <= len(data), f"fip: {FIP.get(kind, kind)} is within the partition")
        parts[FIP.get(kind, kind)] = data[offset : offset + size]
        at += 40
    # With nothing to page in there is no tos-fw-extra2.
    check(sorted(parts) == sorted(set(FIP.values()) - {"tos-fw-extra2"}), "fip: it has OP-TEE, U-Boot and their configurations, and nothing else", sorted(parts))
    return parts


def property_of(tree, node, name, form="s"):
    answer = subprocess.run(["fdtget", "-t", form, tree, node, name], capture_output=True, text=True)
    return answer.stdout.strip() if answer.returncode == 0 else None


def check_package(parts, work):
    image = struct.unpack("<4sBBHI", parts["tos-fw"][:12])
    check(image[0] == b"OPTE" and image[1] == 2 and image[4] == 1, "OP-TEE: a header of version 2 with one image: it has no pager", image)
    high, low, _, size = struct.unpack("<IIII", parts["tos-fw"][12:28])
    check((high, low) == (0, OPTEE_AT), "OP-TEE: it wants to be in the secure end of DDR", (high, low))
    check(size == len(parts["tos-fw-extra1"]) <= OPTEE_SIZE, "OP-TEE: its size is what the header says")
    tree = save(work, "fw-config.dtb", parts["fw-config"])
    check(property_of(tree, "/dtb-registry/tos_fw", "load-address", "x") == "0 de000000", "fw-config: TF-A loads OP-TEE there")
    check(property_of(tree, "/dtb-registry/tos_fw", "max-size", "x") == "2000000", "fw-config: and has room for it")
    ranges = (property_of(tree, "/st-mem-firewall", "memory-ranges", "x") or "").split()
    check(ranges[4:6] == ["de000000", "2000000"] and ranges[7] == "0", "fw-config: Linux cannot reach that memory", ranges)
    check_tree(save(work, "u-boot.dtb", parts["hw-config"]), "U-Boot's device tree")


def check_tree(tree, what):
    check(property_of(tree, "/firmware/optee", "compatible") == "linaro,optee-tz", f"{what}: OP-TEE is announced")
    check(property_of(tree, "/firmware/optee", "method") == "smc", f"{what}: with the way to call it")
    check("dk2-scmi" in (property_of(tree, "/", "compatible") or ""), f"{what}: it is the board's, with SCMI")
    check(property_of(tree, "/firmware/scmi", "compatible") == "linaro,scmi-optee", f"{what}: clocks are OP-TEE's")


def save(work, name, data):
    path = os.path.join(work, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


class Files:
    """The root file system, by debugfs: nothing is mounted."""

    def __init__(self, path):
        self.path = path

    def ask(self, request):
        return subprocess.run(["debugfs", "-R", request, self.path], capture_output=True).stdout

    def read(self, name):
        return self.ask(f'cat "{name}"')

    def owner_and_mode(self, name):
        """UID, GID and permissions, or None."""
        words = self.ask(f'stat "{name}"').decode(errors="replace").split()
        if "Mode:" not in words:
            return None
        return int(words[words.index("User:") + 1]), int(words[words.index("Group:") + 1]), words[words.index("Mode:") + 1]


def check_files(files, work):
    passwd = {line.split(":")[0]: line.split(":") for line in files.read("/etc/passwd").decode().splitlines()}
    check("tee" in passwd, "rootfs: there is the user tee")
    check(b"\nteeclnt:" in files.read("/etc/group"), "rootfs: and the group teeclnt")
    for name, mode in [("/usr/bin/festore", "0755"), ("/usr/sbin/tee-supplicant", "0755"), ("/usr/sbin/sshd", "0755"),
            ("/usr/lib/arm-linux-gnueabihf/libfestore.so.0.1.0", "0644"), ("/etc/ssh/sshd_config", "0644"),
            ("/usr/lib/udev/rules.d/60-festore-tee.rules", "0644"), ("/usr/lib/sysusers.d/festore.conf", "0644"),
            ("/usr/lib/tmpfiles.d/festore.conf", "0644"), ("/etc/repart.d/50-rootfs.conf", "0644"), ("/etc/fstab", "0644"),
            ("/usr/lib/systemd/system/tee-supplicant.service.d/festore.conf", "0644"),
            ("/usr/lib/systemd/system/festore-sync.service", "0644"), ("/usr/sbin/festore-sync-all", "0755"), ("/boot/zImage", "0644"),
            ("/boot/extlinux/extlinux.conf", "0644")] + [(f"/usr/lib/optee_armtz/{ta}.ta", "0644") for ta in TAS]:
        found = files.owner_and_mode(name)
        check(found == (0, 0, mode), f"rootfs: {name} is root's, {mode}", found)
    shadow = files.owner_and_mode("/etc/shadow")
    check(shadow is not None and shadow[0] == 0 and shadow[2] == "0640", "rootfs: passwords are root's", shadow)
    check(files.owner_and_mode("/etc/ssh/ssh_host_ed25519_key") is None, "rootfs: no ssh key of a host is in it")
    check(files.read("/etc/machine-id") == b"" and files.owner_and_mode("/etc/machine-id") is not None, "rootfs: nor the id of a machine")
    check(files.read("/boot/zImage")[0x24:0x28] == bytes.fromhex("18286f01"), "rootfs: zImage is Linux for Arm")
    check_tree(save(work, "linux.dtb", files.read("/boot/dtb/stm32mp157c-dk2-scmi.dtb")), "Linux' device tree")
    script = files.read("/boot/extlinux/extlinux.conf").decode()
    check("kernel /boot/zImage" in script and "fdtdir /boot/dtb" in script and "root=PARTLABEL=rootfs" in script,
        "rootfs: U-Boot's script names them", script)


def check_signature(files, optee, public, default):
    """Header of a signed TA: magic, type, image size, algorithm, hash size, signature size; the hash and the signature follow."""
    modulus = public.public_numbers().n.to_bytes(public.key_size // 8, "big")
    check(modulus in optee, "OP-TEE has the key that the image was built with")
    default_modulus = default.public_numbers().n.to_bytes(default.key_size // 8, "big")
    check(default_modulus not in optee, "and not OP-TEE's public default key")
    for ta in TAS:
        data = files.read(f"/usr/lib/optee_armtz/{ta}.ta")
        magic, _, size, _, hash_size, sig_size = struct.unpack("<IIIIHH", data[:20])
        digest, signature = data[20 : 20 + hash_size], data[20 + hash_size : 20 + hash_size + sig_size]
        check(magic == 0x4F545348, f"TA {ta}: it has a signature's header")
        signed = data[:20] + data[20 + hash_size + sig_size :]
        check(len(data) - 20 - hash_size - sig_size >= size and hashlib.sha256(signed).digest() == digest,
            f"TA {ta}: the hash is that of the bytes")
        check(verifies(public, signature, digest), f"TA {ta}: that OP-TEE's key has signed it")
        check(not verifies(default, signature, digest), f"TA {ta}: and the default key has not")


def verifies(key, signature, digest):
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    try:
        key.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def main():
    with open(sys.argv[2], "rb") as file:
        public = serialization.load_pem_public_key(file.read())
    with open(sys.argv[3], "rb") as file:
        default = serialization.load_pem_private_key(file.read(), None).public_key()
    with open(sys.argv[1], "rb") as image, tempfile.TemporaryDirectory() as work:
        size = os.fstat(image.fileno()).st_size
        check(size % (1 << 20) == 0, "the image is whole MiB", size)
        places = check_table(image, size // SECTOR)

        def partition(name):
            image.seek(places[name][0])
            return image.read(places[name][1])

        check_first_stage("fsbl1", partition("fsbl1"))
        check(partition("fsbl2") == partition("fsbl1"), "fsbl2 is the same")
        check(set(partition("u-boot-env")) == {0}, "u-boot-env is empty")
        parts = read_package(partition("fip"))
        check_package(parts, work)
        files = Files(save(work, "rootfs.ext4", partition("rootfs")))
        check_files(files, work)
        check_signature(files, parts["tos-fw-extra1"], public, default)
    done()


main()
