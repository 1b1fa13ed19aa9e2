"""Ethereum and the chains that share its transactions, told apart by chain id alone."""
