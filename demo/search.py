# SPDX-License-Identifier: BSD-2-Clause
# Searches a raw disk image for traces of stored files: their tags and 64 random 32-byte windows of their contents.
# usage: search.py IMAGE CONTROL-NAME=FILE TAG=FILE...    exit 0: every trace of the control was found and none of the others
import os
import secrets
import sys

WINDOWS = 64
LENGTH = 32


def written_parts(path):
    """The image is sparse; what was never written is zeros and need not be read."""
    with open(path, "rb") as image:
        end = os.fstat(image.fileno()).st_size
        at = 0
        while at < end:
            try:
                begin = os.lseek(image.fileno(), at, os.SEEK_DATA)
            except OSError:
                return
            at = os.lseek(image.fileno(), begin, os.SEEK_HOLE)
            image.seek(begin)
            yield image.read(at - begin)


def search(parts, tag, path):
    """How many windows of the file's contents, and how many occurrences of its tag, the image holds."""
    with open(path, "rb") as file:
        content = file.read()
    starts = [secrets.randbelow(len(content) - LENGTH + 1) for _ in range(WINDOWS)]
    found = sum(any(content[s : s + LENGTH] in part for part in parts) for s in starts)
    tags = sum(part.count(tag.encode()) for part in parts)
    name = f"{tag} ({os.path.basename(path)}):"
    print(f"  {name:<44} tag found {tags} times, {found} of {WINDOWS} windows of {LENGTH} bytes found")
    return found, tags


def main():
    image, control, *wanted = sys.argv[1:]
    parts = list(written_parts(image))
    print(f"  {sum(map(len, parts)) / 1e6:.1f} MB have been written on the disk image; all of it is searched")
    clean = True
    for item in wanted:
        tag, path = item.split("=", 1)
        clean = search(parts, tag, path) == (0, 0) and clean
    tag, path = control.split("=", 1)
    found, tags = search(parts, tag, path)
    sees = found == WINDOWS and tags > 0
    if not sees:
        print("  the search does not find the planted control, so it proves nothing")
    sys.exit(0 if clean and sees else 1)


main()
