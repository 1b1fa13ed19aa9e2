"""Bitcoin: PSBT in, transfers, change, fee and sighashes out."""
