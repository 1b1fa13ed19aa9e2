"""Make the console fonts: `python3 -m image.console OUTDIR --source FILE [--source FILE]`.

A source is a PCF font with Unicode encoding, gzipped or not. In Debian's package xfonts-terminus
they are `ter-u16n_unicode.pcf.gz` and `ter-u32n_unicode.pcf.gz`, of 8x16 and 16x32 pixels.
"""

import argparse
import sys
from pathlib import Path

from image.console import drawn, pcf, psf
from image.console.font import Font
from image.console.repertoire import REPLACEMENT, positions


def main() -> int:
    """Write one PSF2 font for each source. Return 0, or 1 if a source cannot be used."""
    parser = argparse.ArgumentParser("image.console", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("outdir", metavar="OUTDIR", type=Path)
    parser.add_argument("--source", type=Path, action="append", required=True)
    options = parser.parse_args()
    options.outdir.mkdir(parents=True, exist_ok=True)
    for source in options.source:
        try:
            font = console_font(pcf.read(source.read_bytes()))
        except (OSError, pcf.NotAFont) as error:
            print(f"{source}: {error}", file=sys.stderr)
            return 1
        path = options.outdir / f"airlock-{font.width}x{font.height}.psf"
        path.write_bytes(psf.write(font, positions()))
        print(path)
    return 0


def console_font(source: Font) -> Font:
    """Return the console's font, with the letters of another. Raises NotAFont if one is missing."""
    known = {"\N{NO-BREAK SPACE}": source.glyphs.get(" "), **source.glyphs}
    glyphs = {}
    for one in positions():
        cell = drawn.glyph(one, source.width, source.height) or known.get(one)
        if cell is None and one == REPLACEMENT:
            cell = known.get("?")
        if cell is None:
            raise pcf.NotAFont(f"the source has no glyph for U+{ord(one):04X}")
        glyphs[one] = cell
    return Font(source.width, source.height, glyphs)


if __name__ == "__main__":
    sys.exit(main())
