"""The online side: requests in, batches to the appliance, signatures back, transactions out."""
