"""Random transactions built by other libraries: Airlock must state what those libraries state."""
