#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Draws the cost of the vault and of the bare TA over the number of tags, as an SVG for docs/: log-log, a panel an operation.
# usage: plot.py TSV SVG
import math
import sys
from pathlib import Path

PANELS = (
    ("create", 1024, "put, 1 KiB"),
    ("middle", 1024, "get, 1 KiB, a tag in the middle"),
    ("rm", 1024, "rm, 1 KiB"),
    ("ls", 0, "list of all"),
)
SIDES = ("bare", "vault")
WIDTH, HEIGHT = 860, 650
PANEL_WIDTH, PANEL_HEIGHT = 330, 240
LEFT, TOP = 76, 86
GAP_X, GAP_Y = 420 - PANEL_WIDTH, 300 - PANEL_HEIGHT
# One set of colours for a light page, one for a dark one; the background is the picture's own.
STYLE = """
    text { font: 13px sans-serif; fill: #1f2328 }
    .title { font-weight: bold }
    .page { fill: #ffffff } .frame { fill: none; stroke: #8c959f } .grid { stroke: #d8dee4 }
    .vault { stroke: #0969da } .bare { stroke: #bc4c00 }
    .dot.vault { fill: #0969da } .dot.bare { fill: #bc4c00 } .dot.fit { fill: #ffffff }
    text.vault { fill: #0969da; stroke: none } text.bare { fill: #bc4c00; stroke: none }
    .line { fill: none; stroke-width: 2 } .line.fit { stroke-dasharray: 5 4 } .dot { stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .page { fill: #0d1117 } .frame { stroke: #6e7681 } .grid { stroke: #30363d }
      .vault { stroke: #58a6ff } .bare { stroke: #f0883e }
      .dot.vault { fill: #58a6ff } .dot.bare { fill: #f0883e } .dot.fit { fill: #0d1117 }
      text.vault { fill: #58a6ff } text.bare { fill: #f0883e }
    }
"""


def read(path):
    """{(side, operation, size): sorted (tags, million instructions, measured)}"""
    lines = path.read_text().splitlines()
    names = lines[0].split("\t")
    points = {}
    for line in lines[1:]:
        row = dict(zip(names, line.split("\t")))
        if row["instructions"]:
            key = row["side"], row["operation"], int(row["size"])
            points.setdefault(key, []).append((int(row["objects"]), int(row["instructions"]) / 1e6, row["from"] == "run"))
    return {key: sorted(found) for key, found in points.items()}


def power(exponent):
    """A power of ten as a person reads it at a glance."""
    if exponent >= 6:
        return "10" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(exponent))
    return f"{10**exponent:,}" if exponent >= 0 else f"{10.0**exponent:g}"


class Panel:
    def __init__(self, left, top, series):
        values = [cost for _, found in series for _, cost, _ in found]
        tags = [n for _, found in series for n, _, _ in found]
        self.left, self.top = left, top
        self.series = series
        self.x_from, self.x_to = math.log10(min(tags)), math.log10(max(tags))
        self.y_from, self.y_to = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(self, tags):
        return self.left + (math.log10(tags) - self.x_from) / (self.x_to - self.x_from) * PANEL_WIDTH

    def y(self, cost):
        return self.top + PANEL_HEIGHT - (math.log10(cost) - self.y_from) / (self.y_to - self.y_from) * PANEL_HEIGHT

    def axes(self, title):
        right, bottom = self.left + PANEL_WIDTH, self.top + PANEL_HEIGHT
        yield f'<text class="title" x="{self.left}" y="{self.top - 10}">{title}</text>'
        step = 1 if self.y_to - self.y_from <= 7 else 2
        for exponent in range(self.y_from, self.y_to + 1, step):
            y = self.y(10**exponent)
            yield f'<path class="grid" d="M{self.left} {y:.1f}H{right}"/>'
            yield f'<text x="{self.left - 8}" y="{y + 4:.1f}" text-anchor="end">{power(exponent)}</text>'
        for exponent in range(math.ceil(self.x_from), math.floor(self.x_to) + 1):
            x = self.x(10**exponent)
            yield f'<path class="grid" d="M{x:.1f} {self.top}V{bottom}"/>'
            yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{10**exponent:,}</text>'
        yield f'<rect class="frame" x="{self.left}" y="{self.top}" width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}"/>'

    def lines(self):
        for side, found in self.series:
            for (n, cost, measured), (next_n, next_cost, next_measured) in zip(found, found[1:]):
                fit = "" if measured and next_measured else " fit"
                yield (f'<path class="line {side}{fit}" d="M{self.x(n):.1f} {self.y(cost):.1f}'
                       f'L{self.x(next_n):.1f} {self.y(next_cost):.1f}"/>')
            for n, cost, measured in found:
                yield dot(side, self.x(n), self.y(cost), measured)


def dot(side, x, y, measured):
    kind = f"dot {side}" + ("" if measured else " fit")
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def legend():
    keys = (("vault", "festore's vault", True), ("bare", "bare GP objects", True), ("bare", "bare GP objects, by the fit", False))
    for i, (side, words, measured) in enumerate(keys):
        x = LEFT + 170 * i
        yield dot(side, x + 5, 46, measured)
        yield f'<text class="{side}" x="{x + 16}" y="50">{words}</text>'


def draw(points):
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
    yield "<!-- SPDX-License-Identifier: BSD-2-Clause; made by `make bench-plot` -->"
    yield "<title>What operations cost over the number of tags</title>"
    yield f"<style>{STYLE}</style>"
    yield f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>'
    yield f'<text class="title" x="{LEFT}" y="24">Million instructions of an operation, over the number of tags (both axes logarithmic)</text>'
    yield from legend()
    for i, (operation, size, title) in enumerate(PANELS):
        series = [(side, points[side, operation, size]) for side in SIDES]
        panel = Panel(LEFT + i % 2 * (PANEL_WIDTH + GAP_X), TOP + i // 2 * (PANEL_HEIGHT + GAP_Y), series)
        yield from panel.axes(title)
        yield from panel.lines()
    yield "</svg>"


def main():
    points = read(Path(sys.argv[1]))
    missing = [f"{side} {operation}" for operation, size, _ in PANELS for side in SIDES if (side, operation, size) not in points]
    if missing:
        sys.exit(f"plot: {sys.argv[1]} has nothing of {', '.join(missing)}")
    Path(sys.argv[2]).write_text("\n".join(draw(points)) + "\n", encoding="utf-8")


main()
