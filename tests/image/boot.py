#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots the very image, on a larger card, in the 32-bit machine: U-Boot finds its script, Linux starts systemd, and as root on the
serial line the scripts of tests/ are run; then the same after a reboot.
usage: boot.py FLASH IMAGE FOLDER SCRIPTS-OF-THE-FIRST-BOOT...          run by "make check-image" """
import os
import re
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True  # the tree stays as it is
from tap import check, done

LIMIT = 600


class Machine:
    """QEMU with its normal world's serial line."""

    def __init__(self, flash, disk, tests, secure_log):
        self.text = ""
        self.lock = threading.Condition()
        self.qemu = subprocess.Popen(
            ["qemu-system-arm", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-M", "virt,secure=on,acpi=off",
                "-cpu", "cortex-a15", "-smp", "1", "-m", "1024", "-bios", flash,
                "-drive", f"if=none,id=disk,file={disk},format=raw,cache=unsafe", "-device", "virtio-blk-device,drive=disk",
                "-fsdev", f"local,id=tests,path={tests},security_model=none,readonly=on",
                "-device", "virtio-9p-device,fsdev=tests,mount_tag=tests",
                "-chardev", f"stdio,id=normal,signal=off,logfile={secure_log}.console,logappend=on", "-serial", "chardev:normal",
                "-chardev", f"file,id=secure,path={secure_log},append=on", "-serial", "chardev:secure"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while data := os.read(self.qemu.stdout.fileno(), 4096):
            with self.lock:
                self.text += data.decode(errors="replace")
                self.lock.notify_all()

    def await_text(self, pattern, since=0):
        """The match of the pattern behind `since`, or None when the time is up."""
        end = time.monotonic() + LIMIT
        with self.lock:
            while not (match := re.compile(pattern).search(self.text, since)):
                if not self.lock.wait(end - time.monotonic()) or self.qemu.poll() is not None:
                    return None
        return match

    def run(self, command):
        """The command's output and exit status; it may not come to an end (-1)."""
        since = len(self.text)
        self.qemu.stdin.write(f"{command}; echo status-$?-\n".encode())
        self.qemu.stdin.flush()
        match = self.await_text(r"status-(\d+)-", since)
        return self.text[since : match.start() if match else None], int(match[1]) if match else -1

    def end(self):
        self.qemu.kill()
        self.qemu.wait()


def boot(arguments, which):
    machine = Machine(*arguments)
    up = machine.await_text("festore login:")
    check(up is not None, f"{which} boot: systemd asks who logs in", machine.text[-3000:])
    check("extlinux.conf" in machine.text, f"{which} boot: U-Boot has taken the image's own script", machine.text[:3000])
    if up is None:
        return machine
    machine.qemu.stdin.write(b"root\n")
    machine.qemu.stdin.flush()
    machine.await_text(r"root@festore:~# ")
    _, status = machine.run("stty -echo; mkdir -p /run/tests; mount -t 9p -o trans=virtio,version=9p2000.L,ro tests /run/tests")
    check(status == 0, f"{which} boot: root logs in on the serial line")
    return machine


def script(machine, which, line):
    # On a terminal festore draws its progress into the lines.
    output, status = machine.run(f"sh /run/tests/{line} 2>/run/errors")
    results = re.findall(r"^(ok|not ok) ", output.replace("\r", ""), re.M)
    plan = re.search(r"^1\.\.(\d+)", output.replace("\r", ""), re.M)
    passed = status == 0 and plan and len(results) == int(plan[1]) > 0 and "not ok" not in results
    check(passed, f"{which} boot: {line} ({len(results)} checks)", "" if passed else output[-3000:])


def main():
    flash, image, folder, *scripts = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    disk, secure = os.path.join(folder, "card.img"), os.path.join(folder, "secure.log")
    subprocess.run(["cp", "--sparse=always", image, disk], check=True)
    os.truncate(disk, os.path.getsize(disk) + (96 << 20))
    if os.path.exists(secure):
        os.remove(secure)
    arguments = (flash, disk, os.path.abspath("tests"), secure)
    machine = boot(arguments, "first")
    try:
        script(machine, "first", "image/guest.sh first")
        for name in scripts:
            script(machine, "first", name)
        machine.qemu.stdin.write(b"systemctl reboot\n")
        machine.qemu.stdin.flush()
        check(machine.await_text("reboot: Restarting system") is not None, "first boot: it goes down in order", machine.text[-2000:])
    finally:
        machine.end()
    machine = boot(arguments, "second")
    try:
        script(machine, "second", "image/guest.sh again")
    finally:
        machine.end()
    with open(secure, errors="replace") as log:
        check("panicked" not in log.read(), "no TA panicked")
    done()


main()
