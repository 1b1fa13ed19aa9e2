"""Bytes ↔ structure: strict, canonical, bounded; every second spelling is refused."""
