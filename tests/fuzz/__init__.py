"""Mutated bytes into every parser: no foreign exception, no hang, no memory, no second encoding."""
