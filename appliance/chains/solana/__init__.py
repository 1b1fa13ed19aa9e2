"""Solana: messages of transactions, as they are signed."""
