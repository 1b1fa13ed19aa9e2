"""Operators: makers and checkers, known by the public keys that they approve with."""
