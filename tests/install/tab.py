#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Types a line, a tab and return at an interactive bash, as a person would: tab.py RC-FILE LINE. Ends with 1 if bash does not
take the line. Where bash cuts the line and what it does to quotes, only bash knows."""
import os
import pty
import select
import sys
import time

PATIENCE_SECONDS = 30


def ends(terminal):
    """Reads until bash has closed the terminal; False if it takes too long, as when a quote is left open."""
    end = time.monotonic() + PATIENCE_SECONDS
    while select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        try:
            if not os.read(terminal, 4096):
                return True
        except OSError:
            return True
    return False


def main():
    rc_file, line = sys.argv[1:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM='dumb', INPUTRC='/dev/null')
        os.execvp('bash', ['bash', '--noprofile', '--rcfile', rc_file, '-i'])
    # The terminal keeps what is typed until bash reads it.
    os.write(terminal, os.fsencode(line) + b'\t\nexit\n')
    has_ended = ends(terminal)
    os.close(terminal)
    os.waitpid(pid, 0)
    return 0 if has_ended else 1


sys.exit(main())
