"""Signatures + the bytes that were exported → raw transactions, verified and read again."""
