"""Exit statuses, the same for every command."""

DONE = 0
REFUSED = 1
"""Refused, broken or insufficient: the answer is no."""
USAGE = 2
"""Bad usage, or something that was named cannot be read."""
UNANCHORED = 3
"""Consistent, but nothing says whether the tail was cut."""
INTERRUPTED = 130
"""Stopped by Ctrl-C: 128 and the number of the signal, as shells have it."""
