# SPDX-License-Identifier: BSD-2-Clause
"""TAP for the checks of the image, as tests/e2e/tap.sh has it for the shell."""

count = 0


def check(passed, what, detail=""):
    """One line of TAP; and the detail, if it failed."""
    global count
    count += 1
    print(f"{'ok' if passed else 'not ok'} {count} - {what}", flush=True)
    if not passed and detail != "":
        for line in str(detail).splitlines():
            print(f"# {line}")


def done():
    print(f"1..{count}")
