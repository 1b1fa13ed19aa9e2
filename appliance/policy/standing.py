"""The standing rules, prepared for judging: indexed once, every address in its one spelling."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.chains.agreement import agreeing
from appliance.chains.interface import Decoder, Registered, Room
from appliance.chains.table import ROOMS
from appliance.wire.epochs import Account, Genesis, Policy, Roster, Token, WhitelistEntry
from appliance.wire.terms import Chain, KeyPurpose, Realm

Destination = tuple[Chain, str, str]
"""A chain, a network of it, and an address in its canonical spelling."""


@dataclass(frozen=True, slots=True)
class StandingRules:
    """What a transaction is judged by. None means not given, which only a reader may do.

    `held_keys` are the public keys of accounts on this appliance's token.
    """

    realm: Realm | None
    roster: Roster | None
    policy: Policy | None
    whitelist: Mapping[Destination, str] | None
    accounts: Mapping[str, Account] | None
    held_keys: frozenset[bytes] | None
    decoders: Mapping[Chain, Decoder]

    def label(self, destination: Destination) -> str | None:
        """Return the whitelist's name for a destination, None when it is not listed."""
        return self.whitelist.get(destination) if self.whitelist else None


def standing_rules(genesis: Genesis) -> StandingRules:
    """Prepare an appliance's signed rules. Raises DecodeError for an address of no chain."""
    manifest = genesis.manifest
    accounts_keys = (key for key in manifest.keys if key.purpose is KeyPurpose.ACCOUNT)
    return StandingRules(
        realm=genesis.realm,
        roster=genesis.roster,
        policy=genesis.policy,
        whitelist=index_whitelist(genesis.whitelist.entries),
        accounts={account.name: account for account in manifest.accounts},
        held_keys=frozenset(key.public_key for key in accounts_keys),
        decoders=decoders(manifest.accounts, genesis.tokens.tokens, genesis.whitelist.entries),
    )


def index_whitelist(entries: tuple[WhitelistEntry, ...]) -> Mapping[Destination, str]:
    """Return the labels by destination. Raises DecodeError for an address of no chain."""
    return {
        (entry.chain, entry.network, normalise(entry.chain, entry.address, entry.network)): (
            entry.label
        )
        for entry in entries
    }


def normalise(chain: Chain, address: str, network: str) -> str:
    """Return the one spelling of an address. Raises DecodeError."""
    return ROOMS[chain].normalise_address(address, network)


def decoders(
    accounts: tuple[Account, ...], tokens: tuple[Token, ...], listed: tuple[WhitelistEntry, ...]
) -> Mapping[Chain, Decoder]:
    """Return every chain's decoder, knowing what is registered, held to its second reader."""
    return {
        chain: _decoder(
            room,
            Registered(
                accounts,
                tokens,
                tuple((entry.network, entry.address) for entry in listed if entry.chain is chain),
            ),
        )
        for chain, room in ROOMS.items()
    }


def _decoder(room: Room, registered: Registered) -> Decoder:
    decoder = room.decoder(registered)
    return agreeing(decoder, room.second_reader) if room.second_reader else decoder
