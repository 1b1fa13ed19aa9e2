"""The machine's TPM 2.0: its bytes, what is made in it, the secret it keeps for later images."""
