"""What is seen through a camera: which there are, the latest frame, the symbol in it, advice."""
