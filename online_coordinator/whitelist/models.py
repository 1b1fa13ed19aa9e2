"""A destination that may be paid."""

from __future__ import annotations

from django.db import models

from online_coordinator.appliances.models import Appliance


class WhitelistEntry(models.Model):
    """A whitelisted destination of an appliance, in the one spelling of its network."""

    appliance: models.ForeignKey[Appliance, Appliance] = models.ForeignKey(
        Appliance, on_delete=models.PROTECT
    )
    chain: models.CharField[str, str] = models.CharField(max_length=16)
    network: models.CharField[str, str] = models.CharField(max_length=64)
    address: models.CharField[str, str] = models.CharField(max_length=128)
    label: models.CharField[str, str] = models.CharField(max_length=64)

    class Meta:
        """By network; an address is listed once."""

        ordering = ("chain", "network", "label")
        constraints = (
            models.UniqueConstraint(
                fields=["appliance", "chain", "network", "address"], name="whitelisted_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.label}: {self.address}"
