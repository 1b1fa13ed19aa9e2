"""The data volume: which medium it is, how it is made, opened, sealed and recovered."""
