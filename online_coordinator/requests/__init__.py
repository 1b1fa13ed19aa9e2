"""Withdrawal requests: what the client ledger wants paid out."""
