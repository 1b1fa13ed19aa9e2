"""Makes the demonstration's token: software, with transport PINs that are secret nowhere."""

import subprocess
import sys
from pathlib import Path

TOKENS = Path("/var/lib/airlock/softhsm")
TRANSPORT_PIN = "transport-pin"


def main() -> int:
    """Make the token if there is none yet."""
    TOKENS.mkdir(mode=0o700, exist_ok=True)
    if any(TOKENS.iterdir()):
        return 0
    made = ("--init-token", "--free", "--label", "airlock-demo")
    pins = ("--so-pin", TRANSPORT_PIN, "--pin", "transport-user")
    command = ("/usr/bin/softhsm2-util", *made, *pins)
    return subprocess.run(command, capture_output=True, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
