"""What can be wrong with something that asks to be trusted."""

from image.errors import ImageError


class TrustError(ImageError):
    """A signature, attestation or measurement is malformed or is not what it has to be."""


class ReleaseRefused(TrustError):
    """A release is not vouched for by enough builders, or is not what they vouched for."""


class QuoteRefused(TrustError):
    """A quote does not show that the pinned machine runs the expected image."""
