"""A release: bundled, compared with what was published, and written to a stick."""
