"""The system's tree: what of the packages is on it, beside the product and the overlay."""
