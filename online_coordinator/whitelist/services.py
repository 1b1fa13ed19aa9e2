"""The whitelist of an appliance, as its signed rules state it."""

from appliance.wire.epochs import Whitelist
from online_coordinator.addresses import normalise_address
from online_coordinator.appliances.models import Appliance
from online_coordinator.whitelist.models import WhitelistEntry


def record_whitelist(appliance: Appliance, whitelist: Whitelist) -> None:
    """Record an appliance's whitelist."""
    WhitelistEntry.objects.bulk_create(
        WhitelistEntry(
            appliance=appliance,
            chain=entry.chain.value,
            network=entry.network,
            address=normalise_address(entry.chain, entry.network, entry.address),
            label=entry.label,
        )
        for entry in whitelist.entries
    )


def whitelisted(appliance: Appliance, chain: str, network: str) -> frozenset[str]:
    """Return the whitelisted addresses of a network."""
    entries = WhitelistEntry.objects.filter(appliance=appliance, chain=chain, network=network)
    return frozenset(entries.values_list("address", flat=True))
