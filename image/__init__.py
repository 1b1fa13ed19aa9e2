"""The OS image: built from locked parts, unprivileged, the same bit for bit everywhere."""
