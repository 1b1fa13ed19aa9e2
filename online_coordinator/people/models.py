"""Who operates the coordinator."""

from __future__ import annotations

from django.db import models


class Operator(models.Model):
    """A maker or checker, by the Ed25519 key (hex) that only they can use."""

    name: models.CharField[str, str] = models.CharField(max_length=64)
    role: models.CharField[str, str] = models.CharField(max_length=16)
    key: models.CharField[str, str] = models.CharField(max_length=64, unique=True)

    class Meta:
        """By role."""

        ordering = ("role", "name")

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"
