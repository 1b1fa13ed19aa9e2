"""Boots an unmodified disk of the appliance in QEMU and does what people do: look, type, plug."""
