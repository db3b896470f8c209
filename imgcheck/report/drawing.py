"""The map of an image as SVG: component, object, symbol; and one map for the inside of each component."""

from __future__ import annotations

import re
from typing import NamedTuple

from markupsafe import Markup, escape

from imgcheck.model import Node
from imgcheck.printable import clip, printable
from imgcheck.report import treemap
from imgcheck.report.columns import share_text, size_text
from imgcheck.report.treemap import Box

SIZE = (1200.0, 620.0)
SMALLEST = 400.0  # area of a box; a smaller one could not hold a name
MAPS_BYTES = 500_000  # of the maps of single components
MOST_MAPS = 16  # of single components, the largest; what is smaller the overview shows
HUES = 12
LONGEST = 96  # characters of a name
_PLAIN = re.compile(r"[\w.()\[\]+-]*", re.ASCII)
_LETTER = 6.4  # width of a letter on the map
_LEGIBLE = 7  # letters that a clipped name needs to mean something


class Map(NamedTuple):
    """One drawing; `boxes` is the inside of an SVG of `SIZE`."""

    id: str
    name: str
    title: str
    boxes: Markup


def maps(tree: Node) -> list[Map]:
    """The map of all components, which links to the others, and one of each component's inside."""
    whole = treemap.lay(tree, *SIZE, depth=3, smallest=SMALLEST)
    inside: dict[int, Map] = {}
    room = MAPS_BYTES
    for number, component in enumerate(whole.children[:MOST_MAPS]):
        node = component.node
        drawing = _Drawing(node.flash)
        for box in treemap.lay(node, *SIZE, depth=2, smallest=SMALLEST).children:
            drawing.box(box, number)
        room -= drawing.size
        if drawing.size and room > 0:
            title = f"{node.name}: {size_text(node.flash)} bytes of flash, {size_text(node.ram)} of RAM"
            inside[number] = Map(f"map-{number}", node.name, title, drawing.markup())
    drawing = _Drawing(tree.flash)
    for number, box in enumerate(whole.children):
        drawing.component(box, number, linked=number in inside)
    return [Map("map", tree.name, "All components", drawing.markup()), *inside.values()]


class _Drawing:
    """SVG of boxes; `whole` is what shares are of."""

    def __init__(self, whole: int) -> None:
        self.whole = whole
        self.parts: list[str] = []

    @property
    def size(self) -> int:
        return sum(map(len, self.parts))

    def markup(self) -> Markup:
        return Markup("".join(self.parts))

    def component(self, box: Box, number: int, linked: bool) -> None:
        kind = f'class="h{_hue(box.node, number)}"'
        self.parts.append(f'<a href="#map-{number}" {kind}>' if linked else f"<g {kind}>")
        if box.node.children:
            self._frame(box, "f0")
        else:
            self._leaf(box)
        for child in box.children:
            self._object(child)
        self.parts.append("</a>" if linked else "</g>")

    def box(self, box: Box, number: int) -> None:
        self.parts.append(f'<g class="h{_hue(box.node, number)}">')
        self._object(box)
        self.parts.append("</g>")

    def _object(self, box: Box) -> None:
        if not box.node.children:
            self._leaf(box)
            return
        self.parts.append("<g>")
        self._frame(box, "f1")
        for child in box.children:
            self._leaf(child)
        self.parts.append("</g>")

    def _frame(self, box: Box, kind: str) -> None:
        self.parts.append(f"{_rect(box, kind)}{self._title(box)}</rect>")
        if box.titled:
            self.parts.append(_label(box, 5, 12.5))

    def _leaf(self, box: Box) -> None:
        label = _label(box, 4, 12) if box.height >= 15 else ""
        self.parts.append(f"{_rect(box, 'l')}{self._title(box)}</rect>{label}")

    def _title(self, box: Box) -> str:
        what, flash, ram, ota, _ = box.node
        more = f", RAM {ram:,}" if ram else ""
        if ota is not None:
            more += f", OTA {size_text(ota)}"
        if box.left_out:
            more += f"; {box.left_out:,} smaller not drawn"
        share = share_text(flash / self.whole if self.whole else 0)
        return f"<title>{name(what)}: {flash:,} bytes, {share}{more}</title>"


def _label(box: Box, right: float, down: float) -> str:
    letters = int((box.width - 2 * right) / _LETTER)
    text = box.node.name
    if len(text) > letters and text.endswith(".o)"):
        text = text[text.find("(") + 1 : -1]  # the member says more than its archive
    if len(text) > letters < _LEGIBLE:
        return ""
    return f'<text x="{box.x + right:.1f}" y="{box.y + down:.1f}">{name(text, letters)}</text>'


def _rect(box: Box, kind: str) -> str:
    _, x, y, width, height, *_ = box
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">'


def _hue(node: Node, number: int) -> str:
    return "x" if node.name.startswith("[") else str(number % HUES)


def name(text: str, longest: int = LONGEST) -> str:
    """A name from the build, harmless anywhere in the page; most are plain words, and there are thousands."""
    if _PLAIN.fullmatch(text):
        return text if len(text) <= longest else clip(text, longest)
    return str(escape(clip(printable(text), longest)))
