"""What the QR symbols in a picture hold, whatever painted it."""

from appliance.wire.qr import Image
from appliance.wire.sight.qr_reading import Sighting, look_quickly, look_thoroughly


def read(image: Image) -> tuple[bytes, ...]:
    """Return the contents that one quick look finds in an image that is not empty."""
    return _contents(look_quickly(image))


def read_thoroughly(image: Image) -> tuple[bytes, ...]:
    """Return the contents that are found by also turning, shrinking and inverting it."""
    return _contents(look_thoroughly(image))


def _contents(sightings: tuple[Sighting, ...]) -> tuple[bytes, ...]:
    return tuple(each.content for each in sightings if each.content is not None)
