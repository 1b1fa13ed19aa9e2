"""A withdrawal request, and the files that requests came in."""

from __future__ import annotations

from django.db import models

from online_coordinator.fields import BaseUnitsField
from online_coordinator.wallets.models import Wallet
from online_coordinator.workflow import RequestState


class RequestFile(models.Model):
    """A file of requests that was imported whole, by its SHA-256 (hex)."""

    digest: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    rows: models.PositiveIntegerField[int, int] = models.PositiveIntegerField()
    imported: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return self.digest


class Withdrawal(models.Model):
    """`amount` base units of an asset to a destination. `token` is empty for the native coin."""

    identifier: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    file: models.ForeignKey[RequestFile, RequestFile] = models.ForeignKey(
        RequestFile, on_delete=models.PROTECT
    )
    wallet: models.ForeignKey[Wallet, Wallet] = models.ForeignKey(Wallet, on_delete=models.PROTECT)
    asset: models.CharField[str, str] = models.CharField(max_length=64)
    token: models.CharField[str, str] = models.CharField(max_length=128, default="")
    decimals: models.PositiveSmallIntegerField[int, int] = models.PositiveSmallIntegerField()
    amount: BaseUnitsField = BaseUnitsField()
    destination: models.CharField[str, str] = models.CharField(max_length=128)
    reference: models.CharField[str, str] = models.CharField(max_length=256)
    state: models.CharField[str, str] = models.CharField(
        max_length=16, default=RequestState.PENDING.value, db_index=True
    )

    class Meta:
        """Oldest first."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return self.identifier
