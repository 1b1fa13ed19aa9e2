"""Image → QR symbols (ISO/IEC 18004): what they hold, where they are, how finely they are seen."""

from dataclasses import dataclass

import zxingcpp

from appliance.wire.qr import Image, side

_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of an image in pixels; right and bottom are just outside it."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, image: Image) -> Image:
        """Return this part of an image."""
        return image[self.top : self.bottom, self.left : self.right]

    def moved(self, across: int, down: int) -> "Region":
        """Return a rectangle of this size so many pixels to the right and further down."""
        return Region(self.left + across, self.top + down, self.right + across, self.bottom + down)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A symbol in an image. `content` is None if it was found and cannot be read.

    `module` is how many pixels one of its modules takes along a side, 0 if that is not known.
    """

    content: bytes | None
    region: Region
    module: float


def look_quickly(image: Image) -> tuple[Sighting, ...]:
    """Return the symbols that one quick look finds and reads in an image that is not empty."""
    return _sightings(
        zxingcpp.read_barcodes(
            image, _FORMATS, try_rotate=False, try_downscale=False, try_invert=False
        )
    )


def look_thoroughly(image: Image) -> tuple[Sighting, ...]:
    """Return the symbols that are read by also turning, shrinking and inverting the image."""
    return _sightings(zxingcpp.read_barcodes(image, _FORMATS))


def unreadable_in(image: Image) -> tuple[Sighting, ...]:
    """Return the symbols that are there and cannot be read."""
    found = zxingcpp.read_barcodes(
        image,
        _FORMATS,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
        return_errors=True,
    )
    return _sightings([each for each in found if not each.valid and _version(each)])


def _sightings(barcodes: list[zxingcpp.Barcode]) -> tuple[Sighting, ...]:
    return tuple(
        Sighting(each.bytes if each.valid else None, _region(each.position), _module(each))
        for each in barcodes
    )


def _region(position: zxingcpp.Position) -> Region:
    corners = (position.top_left, position.top_right, position.bottom_left, position.bottom_right)
    across, down = [corner.x for corner in corners], [corner.y for corner in corners]
    return Region(max(min(across), 0), max(min(down), 0), max(across) + 1, max(down) + 1)


def _module(barcode: zxingcpp.Barcode) -> float:
    version, position = _version(barcode), barcode.position
    if not version:
        return 0.0
    edges = (
        (position.top_left, position.top_right),
        (position.top_left, position.bottom_left),
        (position.bottom_right, position.top_right),
        (position.bottom_right, position.bottom_left),
    )
    shortest = min(float((a.x - b.x) ** 2 + (a.y - b.y) ** 2) for a, b in edges)
    return float(shortest**0.5) / side(version)


def _version(barcode: zxingcpp.Barcode) -> int:
    """Return the symbol's version, 0 if it is of another kind of QR code or not known."""
    version = str(barcode.extra.get("Version", "")) if isinstance(barcode.extra, dict) else ""
    return int(version) if version.isdecimal() and len(version) <= 2 else 0
