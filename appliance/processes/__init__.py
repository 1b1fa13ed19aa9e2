"""Composition: the link, terminal and signer process, and the channel between them."""
