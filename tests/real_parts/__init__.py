"""Real parts for tests and for the demonstration: a Bitcoin node, an EVM node, a PKCS#11 token."""
