"""What screens are made of. Widgets know nothing of the desk."""
