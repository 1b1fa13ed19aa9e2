"""Every scenario by its name."""

from collections.abc import Mapping

from image.boot import production, vendor
from image.boot.bench import Bench
from image.boot.floor import FLOOR
from image.boot.hot_plug import HOT_PLUG
from image.boot.scenario import Scenario, Steps
from image.boot.secure_boot import SECURE_BOOT
from image.boot.volume import VOLUME


def _sign(bench: Bench) -> Steps:
    from image.boot import signing  # noqa: PLC0415 - loads the coordinator's journey

    return signing.sign(bench)


SIGN = Scenario(
    _sign,
    {
        "signed_in_vm": True,
        "transactions_unconfirmed": 0,
        "swapped_for_an_older_copy": "JOURNAL-ROLLED-BACK",
        "and_then": "NOT YET compared",
    },
)
"""The demonstration disk founds, reviews and signs; the coordinator verifies and broadcasts."""

SCENARIOS: Mapping[str, Scenario] = {
    "terminal": production.TERMINAL,
    "network": production.NETWORK,
    "tamper": production.TAMPER,
    "measured": production.MEASURED,
    "volume": VOLUME,
    "hot-plug": HOT_PLUG,
    "secure-boot": SECURE_BOOT,
    "floor": FLOOR,
    "vendor": vendor.VENDOR,
    "sign": SIGN,
}
