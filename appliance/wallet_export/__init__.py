"""A registered wallet in the forms that other software watches it by. Public keys, nothing else."""
