"""A batch, what it consumes on its chains, who approved it, and what became of it.

Digests and keys are hex; times are Unix seconds.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q

from online_coordinator.appliances.models import Appliance
from online_coordinator.fields import BaseUnitsField
from online_coordinator.requests.models import Withdrawal
from online_coordinator.wallets.models import Wallet
from online_coordinator.workflow import BatchState


class TransactionState(StrEnum):
    """Where one transaction of a batch stands."""

    UNSIGNED = "unsigned"
    PARTLY_SIGNED = "partly-signed"
    FINAL = "final"
    BROADCAST = "broadcast"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class Batch(models.Model):
    """Requests and unsigned transactions under one digest. `content` is the BatchContent record."""

    name: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    appliance: models.ForeignKey[Appliance, Appliance] = models.ForeignKey(
        Appliance, on_delete=models.PROTECT
    )
    state: models.CharField[str, str] = models.CharField(
        max_length=16, default=BatchState.BUILT.value, db_index=True
    )
    content: models.BinaryField[bytes, bytes] = models.BinaryField()
    digest: models.CharField[str, str] = models.CharField(max_length=64)
    created: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()

    class Meta:
        """Oldest first."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class Transaction(models.Model):
    """One unsigned transaction of a batch, and its way onto its chain.

    `digest` identifies it before signing (txid of segwit Bitcoin, signing hash of Ethereum);
    `reading` is what the builder put into it, for people; `partial` a PSBT with the signatures so
    far; `raw` the final transaction and `txid` its id, empty before.
    """

    batch: models.ForeignKey[Batch, Batch] = models.ForeignKey(Batch, on_delete=models.PROTECT)
    wallet: models.ForeignKey[Wallet, Wallet] = models.ForeignKey(Wallet, on_delete=models.PROTECT)
    identifier: models.CharField[str, str] = models.CharField(max_length=64)
    payload: models.BinaryField[bytes, bytes] = models.BinaryField()
    digest: models.CharField[str, str] = models.CharField(max_length=64)
    maximum_fee: BaseUnitsField = BaseUnitsField()
    reading: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state: models.CharField[str, str] = models.CharField(
        max_length=16, default=TransactionState.UNSIGNED.value
    )
    partial: models.BinaryField[bytes | None, bytes | None] = models.BinaryField(null=True)
    raw: models.BinaryField[bytes | None, bytes | None] = models.BinaryField(null=True)
    txid: models.CharField[str, str] = models.CharField(max_length=66, default="", db_index=True)
    confirmations: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=0)

    class Meta:
        """Oldest first."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "identifier"], name="one_id_per_batch"),
        )

    def __str__(self) -> str:
        return self.identifier


class Cover(models.Model):
    """A withdrawal request that a transaction pays."""

    transaction: models.ForeignKey[Transaction, Transaction] = models.ForeignKey(
        Transaction, on_delete=models.CASCADE
    )
    withdrawal: models.ForeignKey[Withdrawal, Withdrawal] = models.ForeignKey(
        Withdrawal, on_delete=models.PROTECT
    )

    class Meta:
        """Oldest first."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.transaction}: {self.withdrawal}"


class Reservation(models.Model):
    """A coin (txid, output) or nonce (address, nonce) that a batch uses, while nobody else may."""

    transaction: models.ForeignKey[Transaction, Transaction] = models.ForeignKey(
        Transaction, on_delete=models.CASCADE
    )
    chain: models.CharField[str, str] = models.CharField(max_length=16)
    network: models.CharField[str, str] = models.CharField(max_length=64)
    subject: models.CharField[str, str] = models.CharField(max_length=128)
    position: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()
    held: models.BooleanField[bool, bool] = models.BooleanField(default=True)

    class Meta:
        """Held or given once."""

        constraints = (
            models.UniqueConstraint(
                fields=["chain", "network", "subject", "position"],
                condition=Q(held=True),
                name="held_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.subject}:{self.position}"


class Approval(models.Model):
    """A maker's or checker's signature over the batch digest in their role."""

    batch: models.ForeignKey[Batch, Batch] = models.ForeignKey(Batch, on_delete=models.PROTECT)
    role: models.CharField[str, str] = models.CharField(max_length=16)
    key: models.CharField[str, str] = models.CharField(max_length=64)
    signature: models.CharField[str, str] = models.CharField(max_length=128)
    given: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()

    class Meta:
        """Held or given once."""

        constraints = (
            models.UniqueConstraint(fields=["batch", "role"], name="one_approval_per_role"),
        )

    def __str__(self) -> str:
        return f"{self.role} of {self.batch}"


class Export(models.Model):
    """A signing request as it left: byte for byte, under a sequence number used once."""

    batch: models.ForeignKey[Batch, Batch] = models.ForeignKey(Batch, on_delete=models.PROTECT)
    appliance: models.ForeignKey[Appliance, Appliance] = models.ForeignKey(
        Appliance, on_delete=models.PROTECT
    )
    sequence: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()
    envelope: models.BinaryField[bytes, bytes] = models.BinaryField()
    digest: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    created: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()
    expires: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()

    class Meta:
        """By sequence number."""

        ordering = ("sequence",)
        constraints = (
            models.UniqueConstraint(fields=["appliance", "sequence"], name="sequence_used_once"),
        )

    def __str__(self) -> str:
        return f"{self.batch} as {self.sequence}"


class Response(models.Model):
    """A response as it came back, verified."""

    export: models.ForeignKey[Export, Export] = models.ForeignKey(Export, on_delete=models.PROTECT)
    envelope: models.BinaryField[bytes, bytes] = models.BinaryField()
    digest: models.CharField[str, str] = models.CharField(max_length=64, unique=True)
    outcome: models.CharField[str, str] = models.CharField(max_length=16)
    detail: models.JSONField[Any, Any] = models.JSONField(default=dict)
    journal_index: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()
    journal_head: models.CharField[str, str] = models.CharField(max_length=64)
    imported: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()

    class Meta:
        """Oldest first."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.outcome}: {self.export}"


class Event(models.Model):
    """A step that was taken, when, and by whom where a person took it."""

    batch: models.ForeignKey[Batch, Batch] = models.ForeignKey(Batch, on_delete=models.PROTECT)
    step: models.CharField[str, str] = models.CharField(max_length=32)
    at: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()
    detail: models.CharField[str, str] = models.CharField(max_length=256, default="")

    class Meta:
        """Oldest first."""

        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.step}: {self.batch}"
