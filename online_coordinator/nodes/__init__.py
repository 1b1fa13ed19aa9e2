"""Chain state in, raw transactions out: one module per kind of node."""
