"""TRON: one contract in a transaction, TRX or a pinned TRC-20 token to one address."""
