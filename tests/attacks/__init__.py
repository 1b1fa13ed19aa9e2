"""An adversarial world written from the specifications alone, in the shared format."""
