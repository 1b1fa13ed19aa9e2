"""`python -m appliance` and the `appliance` command."""

import sys

from appliance.cli.main import main as run


def main() -> None:
    """Run the command line and exit with its status."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
