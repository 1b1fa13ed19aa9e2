"""Registering an appliance: signed by its officers, and its words compared."""

from dataclasses import replace

import pytest

from appliance.wire import record
from appliance.wire.envelope import Envelope
from appliance.wire.epochs import OfficerSignature, SignedGenesis
from appliance.wire.errors import EnvelopeSignature, NotCanonical
from appliance.wire.statement import StatementType
from appliance.wire.terms import KeyPurpose, Role
from appliance.wire.words import words_of
from online_coordinator.appliances.announcement import read_announcement
from online_coordinator.appliances.models import Appliance
from online_coordinator.appliances.services import appliance_named, genesis_of, register
from online_coordinator.errors import (
    AnnouncementRefused,
    CoordinatorError,
    NameUnknown,
    WordsDiffer,
)
from online_coordinator.people.models import Operator
from online_coordinator.wallets.models import PinnedToken, Wallet
from online_coordinator.whitelist.models import WhitelistEntry
from tests.online_coordinator.desk import CLIENTS, NOW, TRANSPORT, found, registered
from tests.online_coordinator.stand_in import StandIn, ed25519, public

pytestmark = pytest.mark.usefixtures("database")


def signed_genesis(stand_in: StandIn) -> SignedGenesis:
    return record.decode(SignedGenesis, Envelope.parse(stand_in.announcement()).payload)


def test_registers_people_wallets_tokens_and_whitelist() -> None:
    stand_in = found()
    appliance = registered(stand_in)
    assert genesis_of(appliance) == stand_in.genesis
    assert {each.name for each in Operator.objects.all()} == {"Mia", "Chen"}
    assert {each.name for each in Wallet.objects.all()} == {"desk-btc", "desk-multi", "desk-eth"}
    assert PinnedToken.objects.get().symbol == "USDT"
    assert {each.address for each in WhitelistEntry.objects.all()} == set(CLIENTS)


def test_registering_again_changes_nothing() -> None:
    stand_in = found()
    assert registered(stand_in).pk == registered(stand_in).pk
    assert Wallet.objects.count() == 3


def test_refuses_words_that_are_not_those_on_the_screen() -> None:
    announcement = read_announcement(found().announcement())
    words = words_of(announcement.digest)
    for told in ((), words[:-1], (*words[:-1], "academic"), words_of(bytes(32))):
        with pytest.raises(WordsDiffer):
            register(announcement, told, TRANSPORT.public, NOW)
    assert not Appliance.objects.exists()


def test_refuses_an_appliance_that_was_founded_for_another_coordinator() -> None:
    announcement = read_announcement(found().announcement())
    with pytest.raises(AnnouncementRefused, match="another coordinator"):
        register(announcement, words_of(announcement.digest), bytes(32), NOW)


def test_refuses_another_genesis_under_a_registered_identity() -> None:
    registered(found())
    with pytest.raises(AnnouncementRefused, match="registered otherwise"):
        registered(found(token=CLIENTS[0]))


def test_refuses_a_wallet_name_that_another_appliance_has() -> None:
    stand_in = found()
    registered(stand_in)
    other = found("other")
    manifest = replace(other.genesis.manifest, accounts=stand_in.genesis.manifest.accounts)
    with pytest.raises(AnnouncementRefused, match="another appliance has a wallet"):
        registered(replace(other, genesis=replace(other.genesis, manifest=manifest)))


def test_refuses_a_missing_officer_signature() -> None:
    stand_in = found()
    signed = signed_genesis(stand_in)
    fewer = record.encode(replace(signed, signatures=signed.signatures[:-1]))
    with pytest.raises(AnnouncementRefused, match="3 officers"):
        read_announcement(stand_in.seal(StatementType.COMMISSIONED, fewer))


def test_refuses_a_signature_of_somebody_else() -> None:
    stand_in = found()
    signed = signed_genesis(stand_in)
    stranger = OfficerSignature(public(ed25519("stranger")), bytes(64))
    other = record.encode(replace(signed, signatures=(*signed.signatures[:-1], stranger)))
    with pytest.raises(AnnouncementRefused):
        read_announcement(stand_in.seal(StatementType.COMMISSIONED, other))


def test_refuses_an_officer_signature_over_another_genesis() -> None:
    stand_in, other = found(), found(token=CLIENTS[0])
    mixed = SignedGenesis(stand_in.genesis, signed_genesis(other).signatures)
    with pytest.raises(EnvelopeSignature):
        read_announcement(stand_in.seal(StatementType.COMMISSIONED, record.encode(mixed)))


def test_refuses_an_envelope_by_another_key_or_of_another_type() -> None:
    stand_in = found()
    payload = record.encode(signed_genesis(stand_in))
    with pytest.raises(EnvelopeSignature):
        read_announcement(found("other").seal(StatementType.COMMISSIONED, payload))
    with pytest.raises(EnvelopeSignature):
        read_announcement(stand_in.seal(StatementType.SIGNING_RESPONSE, payload))


def test_refuses_a_manifest_without_an_attestation_key() -> None:
    stand_in = found()
    genesis = stand_in.genesis
    accounts_only = tuple(key for key in genesis.manifest.keys if key.purpose is KeyPurpose.ACCOUNT)
    manifest = replace(genesis.manifest, keys=accounts_only)
    with pytest.raises(AnnouncementRefused, match="0 attestation keys"):
        read_announcement(
            replace(stand_in, genesis=replace(genesis, manifest=manifest)).announcement()
        )


def test_refuses_a_roster_without_officers() -> None:
    stand_in = found()
    genesis = stand_in.genesis
    people = tuple(each for each in genesis.roster.people if each.role is not Role.OFFICER)
    roster = replace(genesis.roster, people=people)
    with pytest.raises(AnnouncementRefused, match="0 officers"):
        read_announcement(replace(stand_in, genesis=replace(genesis, roster=roster)).announcement())


@pytest.mark.parametrize("data", [b"", b"\xa0", b"\x84\x40\xa0\x40\x40", bytes(5 << 20)])
def test_refuses_bytes_that_are_no_announcement(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        read_announcement(data)


def test_notices_a_changed_record_of_an_appliance() -> None:
    appliance = registered(found())
    appliance.announcement = found(token=CLIENTS[0]).announcement()
    with pytest.raises(CoordinatorError, match="altered"):
        genesis_of(appliance)


def test_names_an_appliance_by_the_beginning_of_its_identity() -> None:
    one, other = registered(found()), registered(found("other"))
    assert appliance_named(one.identity[:6]).pk == one.pk
    assert appliance_named(other.identity).pk == other.pk
    for name in (None, "ffffffffffff"):
        with pytest.raises(NameUnknown):
            appliance_named(name)
