"""Wallets: the accounts of an appliance's key manifest, watched by the chains' nodes."""
