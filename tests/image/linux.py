#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Has the board's Linux a driver for all that its device tree wants for console, card, network, USB host, OP-TEE and power? From each
of these, the nodes that it names or lies in are followed; each must be enabled, and one of its compatible strings must be in Linux. No
board is needed for that, and without one nothing else shows that e.g. the controller behind the pins is missing.

usage: linux.py ZIMAGE DEVICE-TREE
"""
import struct
import sys
import zlib
from pathlib import Path

from tap import check, done

# What must work: a node's name, and what it is.
WANTED = (
    ("serial@40010000", "the console"),
    ("mmc@58005000", "the SD card"),
    ("ethernet@5800a000", "Ethernet"),
    ("usb@5800d000", "the USB host"),
    ("watchdog@5a002000", "the watchdog"),
    ("efuse@5c005000", "the fuses"),
    ("optee", "OP-TEE"),
    ("scmi", "clocks and resets of OP-TEE"),
)
# Properties that name nodes: how many cells follow each name (a number, or the property of the named node that says so).
NAMES = {
    "clocks": "#clock-cells", "resets": "#reset-cells", "phys": "#phy-cells", "hwlocks": "#hwlock-cells", "dmas": "#dma-cells",
    "interrupts-extended": "#interrupt-cells", "power-domains": "#power-domain-cells", "access-controllers": "#access-controller-cells",
    "interrupt-parent": 0, "phy-handle": 0, "phy": 0, "mmc-pwrseq": 0, "shmem": 0, "nvmem-cells": 0, "st,syscon": 2, "st,syscfg": 2,
}
# Works without: Linux falls back to the processor's own loops, and the board's links of DMA are not in this Linux.
OPTIONAL = ("dmas",)
# Names that many have: enough for registers and buses, not for who gives interrupts, clocks or pins to others.
GENERIC = ("syscon", "simple-mfd", "simple-bus")
# Described for other programs, or read by another driver.
WITHOUT_DRIVER = ("shared-dma-pool", "usb-a-connector", "usb-b-connector", "gpio-usb-b-connector")


class Node:
    def __init__(self, name, parent):
        self.name, self.parent, self.properties, self.children = name, parent, {}, {}
        self.path = "/" if parent is None else f"{parent.path.rstrip('/')}/{name}"

    def cells(self, name):
        value = self.properties.get(name, b"")
        return struct.unpack(f">{len(value) // 4}I", value)

    def strings(self, name):
        return [part.decode() for part in self.properties.get(name, b"").split(b"\0")[:-1]]

    def is_enabled(self):
        return self.strings("status") in ([], ["okay"], ["ok"])


def read_tree(blob):
    """The root of a flattened device tree (Devicetree Specification 0.4, chapter 5)."""
    magic, _, structure, names = struct.unpack_from(">4I", blob)
    if magic != 0xD00DFEED:
        sys.exit("linux.py: this is no device tree")
    at, node = structure, None
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:
            end = blob.index(b"\0", at)
            child = Node(blob[at:end].decode(), node)
            if node is not None:
                node.children[child.name] = child
            node = child
            at = (end + 4) & ~3
        elif token == 2:
            if node.parent is None:
                return node
            node = node.parent
        elif token == 3:
            length, name = struct.unpack_from(">2I", blob, at)
            name = blob[names + name:blob.index(b"\0", names + name)].decode()
            node.properties[name] = blob[at + 8:at + 8 + length]
            at = (at + 8 + length + 3) & ~3
        elif token != 4:
            sys.exit("linux.py: this device tree is damaged")


def all_nodes(node):
    yield node
    for child in node.children.values():
        yield from all_nodes(child)


class Follower:
    """What a node needs, and what that needs."""

    def __init__(self, root):
        self.root = root
        self.by_handle = {node.cells("phandle")[0]: node for node in all_nodes(root) if "phandle" in node.properties}

    def named(self, node, name, following):
        cells = list(node.cells(name))
        while cells:
            other = self.by_handle.get(cells.pop(0))
            if other is None:
                continue
            yield other
            count = following if isinstance(following, int) else other.cells(following)[0] if following in other.properties else 0
            del cells[:count]

    def next_to(self, node):
        if node.parent is not None and node.parent.parent is not None:
            yield node.parent
        if "interrupts" in node.properties:
            place = node
            while place is not None and "interrupt-parent" not in place.properties:
                place = place.parent
            if place is not None:
                yield from self.named(place, "interrupt-parent", 0)
        for name in node.properties:
            if name in NAMES and name not in OPTIONAL:
                yield from self.named(node, name, NAMES[name])
            elif name.endswith("-supply") or (name.startswith("pinctrl-") and name[8:].isdigit()):
                yield from self.named(node, name, 0)
            elif name.endswith(("-gpio", "-gpios")):
                yield from self.named(node, name, "#gpio-cells")

    def all_from(self, start):
        seen, left = {}, [start]
        while left:
            node = left.pop()
            if node.path not in seen:
                seen[node.path] = node
                left += self.next_to(node)
        return seen.values()


def read_linux(path):
    """Linux within a zImage, whose loader has it compressed by gzip."""
    image = Path(path).read_bytes()
    at = image.index(b"\x1f\x8b\x08")
    return zlib.decompressobj(31).decompress(image[at:])


def has_driver(linux, node):
    gives = any(name.endswith("-cells") and name not in ("#address-cells", "#size-cells") for name in node.properties)
    names = [name for name in node.strings("compatible") if not gives or name not in GENERIC]
    return not names or any(name in GENERIC + WITHOUT_DRIVER or name.encode() + b"\0" in linux for name in names)


def main():
    linux = read_linux(sys.argv[1])
    root = read_tree(Path(sys.argv[2]).read_bytes())
    follower = Follower(root)
    by_name = {node.name: node for node in all_nodes(root)}
    for name, what in WANTED:
        nodes = list(follower.all_from(by_name[name]))
        off = [node.path for node in nodes if not node.is_enabled()]
        check(not off, f"{what}: all of {len(nodes)} nodes are enabled", ", ".join(off))
        missing = [f"{node.path} ({', '.join(node.strings('compatible'))})" for node in nodes if not has_driver(linux, node)]
        check(not missing, f"{what}: Linux has a driver for each", ", ".join(missing))
    without = linux.replace(b"st,stm32mp1-exti\0", b"st,stm32mp1-none\0")
    console = follower.all_from(by_name[WANTED[0][0]])
    check(not all(has_driver(without, node) for node in console), "without EXTI, which the pins' interrupts need, there would be no console")
    done()


main()
