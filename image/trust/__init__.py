"""What makes an image worth trusting: signatures, attestations, measurements, a floor."""
