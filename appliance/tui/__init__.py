"""The terminal's screens: they show sheets and take keystrokes, and decide nothing."""
