"""The only door to PKCS#11. It opens in the signer process alone: one thread, never forked."""
