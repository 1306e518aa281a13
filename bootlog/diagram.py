#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
The diagram of docs/BOOT.md: which stage runs in which world, who loads whom, and where which check stands.

usage: diagram.py >docs/boot.svg
"""
import html

WIDTH, ROW, BOX, HEIGHT_OF_BOX = 860, 74, 300, 48
SECURE, NORMAL = 40, 520

# name, what it is, column, what leads to it
STAGES = [
    ("rom", "ROM", "in the chip; loads fsbl1, may check its signature", SECURE, None),
    ("bl2", "TF-A BL2 (QEMU: BL1, then BL2)", "DRAM, firewalls; reads the FIP", SECURE, ("rom", "loads and enters")),
    ("optee", "OP-TEE (BL32)", "0xde000000 on the board; keeps its DRAM secure", SECURE, ("bl2", "loads, enters first")),
    ("uboot", "U-Boot (BL33)", "0xc0100000; QEMU 64 bit: left out", NORMAL, ("optee", "returns to the normal world")),
    ("linux", "Linux", "kernel, device tree with /firmware/optee", NORMAL, ("uboot", "extlinux.conf")),
    ("driver", "optee driver", "/dev/tee0, /dev/teepriv0", NORMAL, ("linux", "finds the node, asks by SMC")),
    ("supplicant", "tee-supplicant", "files and TAs for OP-TEE", NORMAL, ("driver", "opens /dev/teepriv0")),
    ("client", "festore, libfestore", "a user's process", NORMAL, ("supplicant", "from here on sessions open")),
    ("ta", "festore's TAs", "signature checked by OP-TEE", SECURE, ("client", "OpenSession: loaded through tee-supplicant")),
]


def text(x, y, words, size, extra=""):
    return f'<text x="{x}" y="{y}" font-size="{size}" {extra}>{html.escape(words)}</text>'


def box(x, y, name, about):
    secure = x == SECURE
    return [
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{HEIGHT_OF_BOX}" rx="6" fill="{"#fde8d7" if secure else "#e3edf9"}" '
        f'stroke="{"#b3541e" if secure else "#2b5c9e"}"/>',
        text(x + 10, y + 20, name, 14, 'font-weight="bold"'),
        text(x + 10, y + 38, about, 11),
    ]


def arrow(start, end, words):
    (x1, y1), (x2, y2) = start, end
    lines = []
    if x1 == x2:
        x = x1 + BOX // 2
        lines.append(f'<path d="M{x} {y1 + HEIGHT_OF_BOX} V{y2 - 2}" stroke="#333" fill="none" marker-end="url(#tip)"/>')
        lines.append(text(x + 8, y2 - 8, words, 11, 'font-style="italic"'))
        return lines
    side1, side2 = (x1 + BOX, x2) if x1 < x2 else (x1, x2 + BOX)
    middle, y2 = (side1 + side2) // 2, y2 + HEIGHT_OF_BOX // 2
    y1 += HEIGHT_OF_BOX // 2
    lines.append(f'<path d="M{side1} {y1} H{middle} V{y2} H{side2 + (-3 if x1 < x2 else 3)}" stroke="#333" fill="none" marker-end="url(#tip)"/>')
    anchor = "end" if x1 < x2 else "start"
    lines.append(text(middle + (-8 if x1 < x2 else 8), y2 - 26, words, 11, f'font-style="italic" text-anchor="{anchor}"'))
    return lines


def main():
    places = {name: (x, 50 + ROW * row) for row, (name, _, _, x, _) in enumerate(STAGES)}
    height = 60 + ROW * len(STAGES)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>',
        text(SECURE, 30, "secure world", 15, 'fill="#b3541e"'),
        text(NORMAL, 30, "normal world", 15, 'fill="#2b5c9e"'),
        f'<path d="M430 10 V{height - 10}" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    for name, title, about, x, origin in STAGES:
        if origin:
            out += arrow(places[origin[0]], places[name], origin[1])
    for name, title, about, x, _ in STAGES:
        out += box(x, places[name][1], title, about)
    print("\n".join(out + ["</svg>"]))


if __name__ == "__main__":
    main()
