"""The whole way with real parts: two sides in disjoint folders, and the room between them."""
