"""The small programs that make a machine with Linux on it the appliance. Standard library only."""
