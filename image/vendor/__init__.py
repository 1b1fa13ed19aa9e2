"""An HSM vendor's PKCS#11 module, from files that the builder has, on a partition of its own."""
