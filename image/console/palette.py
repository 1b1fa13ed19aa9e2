"""The console's colours: its own, but for a white that is white.

A console's white is a grey (170), which costs the codes on it a third of their contrast. The
palette is given to the kernel with its command line, so that no reset of the terminal undoes it.
"""

COLOURS = (
    (0, 0, 0),
    (170, 0, 0),
    (0, 170, 0),
    (170, 85, 0),
    (0, 0, 170),
    (170, 0, 170),
    (0, 170, 170),
    (255, 255, 255),
    (85, 85, 85),
    (255, 85, 85),
    (85, 255, 85),
    (255, 255, 85),
    (85, 85, 255),
    (255, 85, 255),
    (85, 255, 255),
    (255, 255, 255),
)
"""Sixteen colours by number: red, green and blue. A font of 512 glyphs leaves the first eight."""


def kernel_arguments() -> str:
    """Return the palette as arguments for the kernel's command line."""
    channels = zip(("red", "grn", "blu"), zip(*COLOURS, strict=True), strict=True)
    return " ".join(f"vt.default_{name}={','.join(map(str, values))}" for name, values in channels)
