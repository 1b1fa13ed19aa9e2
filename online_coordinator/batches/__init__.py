"""Batches: from built to confirmed, by the rows of `workflow.FLOW` only."""
