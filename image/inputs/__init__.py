"""What images are made of: the lock, where its files are had from, and reading them."""
