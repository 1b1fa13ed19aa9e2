"""One folder per chain, each with the same rooms; `room` holds the closed table of them."""
