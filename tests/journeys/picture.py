"""A picture of a terminal as it stands, in SVG: every cell where the program painted it."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from tests.journeys.terminal import Cell, Terminal

WIDTH, HEIGHT, BASELINE = 8.4, 17, 12.5
INK, PAPER = "#e8ecf1", "#0e1116"
NAMED = {
    "black": "#000000",
    "red": "#c04040",
    "green": "#40a060",
    "brown": "#b08040",
    "blue": "#4060c0",
    "magenta": "#a040a0",
    "cyan": "#40a0a0",
    "white": "#ffffff",
}


def picture(terminal: Terminal) -> str:
    """Return the screen as an SVG document."""
    size = (terminal.columns * WIDTH, terminal.rows * HEIGHT)
    rows = "\n".join(
        line for y, row in enumerate(terminal.cells()) for line in _row(y, row) if line
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:.0f} {size[1]}"'
        f' font-family="monospace" font-size="14" xml:space="preserve">\n'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n{rows}\n</svg>\n'
    )


def _row(y: int, row: list[Cell]) -> Iterator[str]:
    x = 0
    for (ink, paper), cells in groupby(row, key=lambda cell: cell[1:]):
        text = "".join(character for character, _, _ in cells)
        fill = _colour(paper, PAPER)
        if fill != PAPER:
            yield (
                f'<rect x="{x * WIDTH:.1f}" y="{y * HEIGHT}" width="{len(text) * WIDTH:.1f}"'
                f' height="{HEIGHT}" fill="{fill}"/>'
            )
        if text.strip():
            yield (
                f'<text x="{x * WIDTH:.1f}" y="{y * HEIGHT + BASELINE}" fill="{_colour(ink, INK)}"'
                f' textLength="{len(text) * WIDTH:.1f}">{escape(text)}</text>'
            )
        x += len(text)


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return NAMED.get(name.removeprefix("bright")) or f"#{name}"
