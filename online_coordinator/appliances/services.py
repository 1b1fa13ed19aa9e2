"""Registering an appliance, once its words were compared at both ends."""

from functools import lru_cache

from django.db import transaction

from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.epochs import Genesis, SignedGenesis
from appliance.wire.words import words_of
from online_coordinator.appliances.announcement import Announcement
from online_coordinator.appliances.models import Appliance
from online_coordinator.errors import AnnouncementRefused, NameUnknown, WordsDiffer, foreign
from online_coordinator.people.services import record_roster
from online_coordinator.wallets.services import record_accounts, record_tokens
from online_coordinator.whitelist.services import record_whitelist


def register(
    announcement: Announcement, told: tuple[str, ...], coordinator: bytes, now: int
) -> Appliance:
    """Register a founded appliance with its people, wallets, tokens and whitelist.

    `told` are the words that its screen shows, `coordinator` our transport key. Registering the
    same announcement again changes nothing. Raises AnnouncementRefused.
    """
    genesis = announcement.genesis
    if genesis.coordinator != coordinator:
        raise AnnouncementRefused("the appliance was founded for another coordinator's key")
    if told not in (words_of(announcement.digest), words_of(genesis.digest)):
        raise WordsDiffer("the words on the appliance's screen are not those of this announcement")
    known = Appliance.objects.filter(identity=genesis.appliance.hex()).first()
    if known is not None:
        if known.genesis_digest != genesis.digest.hex():
            raise AnnouncementRefused("an appliance of this identity is registered otherwise")
        return known
    return _record(announcement, now)


@transaction.atomic
def _record(announcement: Announcement, now: int) -> Appliance:
    genesis = announcement.genesis
    appliance = Appliance.objects.create(
        identity=genesis.appliance.hex(),
        genesis_digest=genesis.digest.hex(),
        realm=genesis.realm.value,
        attestation_key=genesis.manifest.attestation.hex(),
        announcement=announcement.message,
        registered=now,
    )
    record_roster(genesis.roster)
    record_accounts(appliance, genesis.manifest.accounts)
    record_tokens(appliance, genesis.tokens)
    record_whitelist(appliance, genesis.whitelist)
    return appliance


def appliance_named(identity: str | None) -> Appliance:
    """Return an appliance by (the beginning of) its identity, or the only one. NameUnknown."""
    found = list(Appliance.objects.filter(identity__startswith=identity or "")[:2])
    if len(found) == 1:
        return found[0]
    if not found:
        raise NameUnknown(
            f"no appliance {foreign(identity or '')} is registered".replace("  ", " ")
        )
    raise NameUnknown("several appliances are registered: name one with --appliance")


def genesis_of(appliance: Appliance) -> Genesis:
    """Return the genesis that an appliance was registered with. Raises AnnouncementRefused."""
    genesis = _genesis(bytes(appliance.announcement))
    if genesis.digest.hex() != appliance.genesis_digest:
        raise AnnouncementRefused(f"the record of appliance {appliance.identity} was altered")
    return genesis


@lru_cache(maxsize=8)
def _genesis(announcement: bytes) -> Genesis:
    return record.decode(SignedGenesis, Envelope.parse(announcement).payload).genesis
