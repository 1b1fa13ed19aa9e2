"""A wallet that withdrawals are paid from."""

from __future__ import annotations

from django.db import models

from online_coordinator.appliances.models import Appliance


class Wallet(models.Model):
    """An account of an appliance. `account` is its record, as the genesis states it."""

    appliance: models.ForeignKey[Appliance, Appliance] = models.ForeignKey(
        Appliance, on_delete=models.PROTECT
    )
    name: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    chain: models.CharField[str, str] = models.CharField(max_length=16)
    network: models.CharField[str, str] = models.CharField(max_length=64)
    account: models.BinaryField[bytes, bytes] = models.BinaryField()

    class Meta:
        """By name."""

        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PinnedToken(models.Model):
    """A token contract that an appliance knows, with the decimals its amounts are stated in."""

    appliance: models.ForeignKey[Appliance, Appliance] = models.ForeignKey(
        Appliance, on_delete=models.PROTECT
    )
    chain: models.CharField[str, str] = models.CharField(max_length=16)
    network: models.CharField[str, str] = models.CharField(max_length=64)
    contract: models.CharField[str, str] = models.CharField(max_length=128)
    symbol: models.CharField[str, str] = models.CharField(max_length=64)
    decimals: models.PositiveSmallIntegerField[int, int] = models.PositiveSmallIntegerField()

    class Meta:
        """By network; a contract is pinned once."""

        ordering = ("chain", "network", "symbol")
        constraints = (
            models.UniqueConstraint(
                fields=["appliance", "chain", "network", "contract"], name="token_pinned_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.symbol} on {self.chain} {self.network}"
