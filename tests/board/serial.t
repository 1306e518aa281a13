#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# "make serial" with ports that are made up: which is found by its USB ids, what is refused, and the log of what comes.
# Run from the top by "make check-board".
# shellcheck source=tests/e2e/tap.sh
. "$(dirname "$0")/../e2e/tap.sh"
top=$OLDPWD
serial() { SYSFS=$work/sys "$top/platform/stm32mp157f-dk2/serial.sh" log; }

# usb NUMBER VENDOR PRODUCT: a port ttyACM of that USB device, as sysfs shows it.
usb() {
	mkdir -p "sys/devices/usb$1/interface/tty" sys/class/tty/"ttyACM$1"
	echo "$2" >"sys/devices/usb$1/idVendor"
	echo "$3" >"sys/devices/usb$1/idProduct"
	ln -sfn "$work/sys/devices/usb$1/interface" "sys/class/tty/ttyACM$1/device"
}
mkdir -p sys/class/tty

expect 1 "no port at all" serial
says "says what to plug in" 'no ST-LINK is plugged in'
usb 900 2341 0043
expect 1 "somebody else's port is none" serial
says "says so" 'no ST-LINK is plugged in'
usb 901 0483 5740
expect 1 "nor is another device of ST" serial
usb 902 0483 374b
expect 1 "an ST-LINK is found" serial
says "by its USB ids (the port itself is made up)" '/dev/ttyACM902 is no serial port'
usb 903 0483 3753
expect 1 "of two none is taken" serial
says "they are named" 'SERIAL= must name one: /dev/ttyACM902 /dev/ttyACM903'
named() { SERIAL=$work/in serial; }
: >in
expect 1 "what is named must be a port" named
says "and it is said" 'is no serial port'

# A port of which a person sees, and the log has, what comes.
/usr/bin/python3 - "$top/platform/stm32mp157f-dk2/serial.sh" <<'END_PYTHON' >seen 2>&1
import os, pty, subprocess, sys, time
board, port = pty.openpty()
person, terminal = pty.openpty()
child = subprocess.Popen([sys.argv[1], "log"], stdin=terminal, stdout=terminal, stderr=terminal,
    env={**os.environ, "SERIAL": os.ttyname(port)}, start_new_session=True)
time.sleep(2)
os.write(board, b"NOTICE:  BL2\r\nsecond line\r\n")
time.sleep(1)
os.write(person, b"typed")
time.sleep(1)
print("board got", os.read(board, 100))
os.write(person, b"\x01\x18")
print("status", child.wait(timeout=20))
print(os.read(person, 4096).decode())
END_PYTHON
grep -q "board got b'typed'" seen
result $? "what is typed reaches the board"
grep -q 'NOTICE:  BL2' seen
result $? "what the board says is seen"
grep -q 'status 0' seen
result $? "Ctrl-A Ctrl-X leaves"
grep -Eq '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{4} NOTICE:  BL2$' log/serial-*.log &&
	grep -Eq '^[0-9T:+-]* second line$' log/serial-*.log
result $? "and the log has it, each line with its time"
grep -q "status 0" seen || comment <seen
done_testing
