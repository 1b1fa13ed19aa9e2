"""A picture of a terminal as it stands, in SVG: every cell where the program painted it."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from tests.journeys.terminal import Cell, Terminal

WIDTH, HEIGHT, BASELINE = 9, 18, 13
BLOCKS = "▀▄█"
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
    width, height = terminal.columns * WIDTH, terminal.rows * HEIGHT
    rows = [line for y, row in enumerate(terminal.cells()) for line in _row(y * HEIGHT, row)]
    body = "\n".join(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' font-family="monospace" font-size="15" shape-rendering="crispEdges">\n'
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>\n{body}\n</svg>\n'
    )


def _row(y: int, row: list[Cell]) -> Iterator[str]:
    upper = [ink if character in "▀█" else paper for character, ink, paper in row]
    lower = [ink if character in "▄█" else paper for character, ink, paper in row]
    if upper == lower:
        yield from _paper(y, HEIGHT, upper)
    else:
        yield from _paper(y, HEIGHT // 2, upper)
        yield from _paper(y + HEIGHT // 2, HEIGHT // 2, lower)
    yield from _text(y + BASELINE, row)


def _paper(y: int, height: int, colours: list[str]) -> Iterator[str]:
    x = 0
    for colour, cells in groupby(colours):
        count = len(list(cells))
        if _colour(colour, PAPER) != PAPER:
            fill, width = _colour(colour, PAPER), count * WIDTH
            yield f'<rect x="{x * WIDTH}" y="{y}" width="{width}" height="{height}" fill="{fill}"/>'
        x += count


def _text(y: int, row: list[Cell]) -> Iterator[str]:
    x = 0
    for ink, cells in groupby(row, key=lambda cell: cell[1]):
        text = "".join(" " if c in BLOCKS else c for c, _, _ in cells)
        if shown := text.strip():
            at = x + len(text) - len(text.lstrip())
            fixed = escape(shown).replace(" ", "\u00a0")
            yield (
                f'<text x="{at * WIDTH}" y="{y}" fill="{_colour(ink, INK)}"'
                f' textLength="{len(shown) * WIDTH}">{fixed}</text>'
            )
        x += len(text)


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return NAMED.get(name.removeprefix("bright")) or f"#{name}"
