"""What officers do by ceremony, beginning with the founding of an appliance."""
