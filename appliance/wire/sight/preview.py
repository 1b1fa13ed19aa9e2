"""What a camera sees, small: enough to aim by, and nothing that could be read as text."""

WIDTH, HEIGHT = 64, 36
"""Cells of a preview; a frame of another shape is stretched."""
LEVELS = 4
"""Greys of a preview: as many as a console of sixteen colours has."""
