"""The 512 characters of the console font, by position."""

from itertools import chain

from appliance.tui.glyphs import GLYPHS
from image.console import psf

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ASCII = "".join(map(chr, range(0x20, 0x7F)))

_RANGES = (
    *(range(0x2500, 0x2504), range(0x2508, 0x254C), range(0x2550, 0x2580)),  # box drawing
    range(0x2580, 0x25A0),  # block elements
    range(0x00A0, 0x0180),  # Latin-1 and Latin Extended-A
    range(0x2013, 0x2015),  # dashes
    range(0x2018, 0x201F),  # quotation marks
    range(0x2190, 0x2196),  # arrows
    (0x2022, 0x2026, 0x20AC, 0x2116, 0x2122, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265),
    (0x25A0, 0x25B2, 0x25BA, 0x25BC, 0x25C4, 0x25CA, 0x25D8, 0x25D9, 0x263A, 0x263B, 0x2660),
)


def positions() -> tuple[str, ...]:
    """Return what each position of the font holds.

    Letters of ASCII stand at their own codes, because the console erases with position 32, and the
    sign for what is not in the font stands first. After them comes all that the terminal paints,
    and then, as far as there is room, what a text may be made of that somebody prints on it.
    """
    wanted = chain(GLYPHS, *(map(chr, span) for span in _RANGES))
    others = [one for one in dict.fromkeys(wanted) if one not in ASCII]
    before, after = others[: 0x20 - 1], others[0x20 - 1 :]
    return (REPLACEMENT, *before, *ASCII, *after)[: psf.GLYPHS]
