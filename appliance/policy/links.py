"""Which links messages may come and go by. QR is the default; serial takes the officers' word."""

from appliance.wire.epochs import Policy
from appliance.wire.errors import LinkForbidden

QR = "qr"
SERIAL = "serial"


def verify_link(policy: Policy, link: str) -> None:
    """Raise LinkForbidden for a link that this policy does not name."""
    if link == QR or (link == SERIAL and policy.serial_link):
        return
    what = "the serial link is not enabled" if link == SERIAL else "there is no link of that name"
    raise LinkForbidden(f"{what} in this appliance's policy")
