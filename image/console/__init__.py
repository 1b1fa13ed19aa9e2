"""The console's font and colours: what the terminal paints, drawn so that codes can be read."""
