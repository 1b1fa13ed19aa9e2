"""The one record: append-only, hash-chained, synced; state is its fold."""
