"""An appliance as its announcement describes it."""

from __future__ import annotations

from django.db import models


class Appliance(models.Model):
    """A registered appliance. Digests and keys are hex.

    `announcement` is the envelope that everything else here was read from. `next_sequence` is the
    number of the next signing request and never goes back; `last_response` the digest of the last
    response imported from this appliance, empty before the first.
    """

    identity: models.CharField[str, str] = models.CharField(max_length=32, unique=True)
    genesis_digest: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    realm: models.CharField[str, str] = models.CharField(max_length=16)
    attestation_key: models.CharField[str, str] = models.CharField(max_length=66)
    announcement: models.BinaryField[bytes, bytes] = models.BinaryField()
    next_sequence: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField(
        default=0
    )
    last_response: models.CharField[str, str] = models.CharField(max_length=64, default="")
    registered: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()

    class Meta:
        """Oldest first."""

        ordering = ("registered", "identity")

    def __str__(self) -> str:
        return self.identity
