"""Two builds of everything: run, compared, explained, booted, reported."""
