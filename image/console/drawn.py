"""Glyphs that are drawn here: block elements that fill their cells exactly, and a missing sign.

QR codes are painted in halves of cells. A block that is one pixel short would leave a grid of light
lines in them, so none is taken from a font.
"""

from collections.abc import Callable

from image.console.font import Glyph

_UPPER_LEFT, _UPPER_RIGHT, _LOWER_LEFT, _LOWER_RIGHT = "\u2598", "\u259d", "\u2596", "\u2597"
_QUADRANTS = {
    _UPPER_LEFT: ("10", "00"),
    _UPPER_RIGHT: ("01", "00"),
    _LOWER_LEFT: ("00", "10"),
    _LOWER_RIGHT: ("00", "01"),
    "\u2599": ("10", "11"),
    "\u259a": ("10", "01"),
    "\u259b": ("11", "10"),
    "\u259c": ("11", "01"),
    "\u259e": ("01", "10"),
    "\u259f": ("01", "11"),
    "\u2580": ("11", "00"),
    "\u2584": ("00", "11"),
    "\u2588": ("11", "11"),
    "\u258c": ("10", "10"),
    "\u2590": ("01", "01"),
}
_SHADES = {"\u2591": 1, "\u2592": 2, "\u2593": 3}
_DITHER = ((0, 2), (3, 1))
_LOWER_EIGHTHS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_LEFT_EIGHTHS = "\u258f\u258e\u258d\u258c\u258b\u258a\u2589\u2588"
_UPPER_EIGHTH, _RIGHT_EIGHTH = "\u2594", "\u2595"

_WARNING = """
........
........
........
...##...
...##...
..#..#..
..#..#..
.#.##.#.
.#.##.#.
.#.##.#.
#......#
#..##..#
#......#
########
........
........
"""
"""U+26A0, which Terminus has not."""


def glyph(character: str, width: int, height: int) -> Glyph | None:
    """Return a glyph that is drawn here, or None if it is to come from the font."""
    inked = _inked(character, width, height)
    if inked is None:
        return None
    return tuple(sum(inked(x, y) << width - 1 - x for x in range(width)) for y in range(height))


def _inked(character: str, width: int, height: int) -> Callable[[int, int], bool] | None:
    """Return what tells whether the pixel at (x, y) is inked."""
    if character in _QUADRANTS:
        quadrants = _QUADRANTS[character]
        return lambda x, y: quadrants[2 * y // height][2 * x // width] == "1"
    if character in _SHADES:
        quarters = _SHADES[character]
        return lambda x, y: _DITHER[y % 2][x % 2] < quarters
    if character == "\N{WARNING SIGN}":
        rows = _WARNING.split()
        return lambda x, y: rows[y * len(rows) // height][x * len(rows[0]) // width] == "#"
    return _eighths(character, width, height)


def _eighths(character: str, width: int, height: int) -> Callable[[int, int], bool] | None:
    match character:
        case "\u2594":
            return lambda _, y: 8 * y < height
        case "\u2595":
            return lambda x, _: 8 * x >= 7 * width
        case _ if character in _LOWER_EIGHTHS:
            lower = _LOWER_EIGHTHS.index(character) + 1
            return lambda _, y: 8 * (height - y) <= lower * height
        case _ if character in _LEFT_EIGHTHS:
            left = _LEFT_EIGHTHS.index(character) + 1
            return lambda x, _: 8 * x < left * width
        case _:
            return None
