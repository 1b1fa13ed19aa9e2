"""`python -m online_coordinator.station`, which `coordinator station` becomes."""

import sys

from online_coordinator.station.cli import main

if __name__ == "__main__":
    sys.exit(main())
