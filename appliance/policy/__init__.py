"""Whether the standing rules allow what was decoded: every rule runs, every finding is reported."""
