"""EIP-7702 authorizations: a signature that makes an account run a contract's code as its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.chains.ethereum import fields
from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.json_value import address_of, is_misspelled, read_integer
from appliance.codecs import rlp
from appliance.errors import MalformedTransaction
from appliance.hashes import keccak256

MAGIC = b"\x05"
"""What the preimage of an authorization begins with, and no transaction does (EIP-7702)."""
_ADDRESSES = ("address", "contractAddress", "contract_address", "delegate", "implementation")
_CHAIN_IDS = ("chainId", "chain_id")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What an account is asked to sign. `chain_id` 0 means every chain."""

    chain_id: int
    address: bytes
    nonce: int

    @property
    def digest(self) -> bytes:
        """What would be signed."""
        return keccak256(preimage_of(self.chain_id, self.address, self.nonce))


def preimage_of(chain_id: int, address: bytes, nonce: int) -> bytes:
    """Return the bytes whose Keccak-256 is signed: 0x05 and the RLP of the three (EIP-7702)."""
    items = (fields.from_integer(chain_id), address, fields.from_integer(nonce))
    return MAGIC + rlp.encode(items)


def parse_authorization(data: bytes) -> AuthorizationRequest:
    """Read the preimage, or its RLP alone. Raises MalformedTransaction for anything else."""
    items = fields.items(rlp.decode(data.removeprefix(MAGIC)), "authorization")
    if len(items) not in {3, 6}:
        raise MalformedTransaction(f"an authorization has 3 fields, not {len(items)}")
    chain_id, address, nonce = items[:3]
    return AuthorizationRequest(
        fields.integer(chain_id, "authorization's chain id", 256),
        fields.address(address, "authorization's address"),
        fields.nonce(nonce),
    )


def authorization_of(table: Mapping[str, Any]) -> tuple[AuthorizationRequest, tuple[str, ...]]:
    """Read an authorization as wallets write it in JSON, and what is wrong with it all the same.

    Raises MalformedTransaction where it is none.
    """
    nonce = read_integer(_named(table, ("nonce",)), "nonce")
    if not 0 <= nonce <= fields.MAX_NONCE:
        raise MalformedTransaction("the nonce is not from 0 to 2^64 - 2 (EIP-2681)")
    chain_id = read_integer(_named(table, _CHAIN_IDS), "chainId")
    if not 0 <= chain_id < 1 << 256:
        raise MalformedTransaction("the chainId is not from 0 to 2^256 - 1")
    spelled = _named(table, _ADDRESSES)
    request = AuthorizationRequest(chain_id, address_of(spelled, "address"), nonce)
    wrong = "the address's checksum is wrong (EIP-55): a digit was changed"
    return request, ((wrong,) if is_misspelled(spelled) else ())


def says_authorization(account: str, chain_id: int, address: bytes) -> str:
    """Say what an authorization does to an account."""
    where = f"on chain {chain_id}" if chain_id else "on EVERY chain (chain id 0)"
    if not any(address):
        return f"takes the delegated code of {account} away again {where}"
    return (
        f"sets code of {account} to {spell_address(address)} {where}:"
        f" that contract can then take everything the account holds"
    )


def _named(table: Mapping[str, Any], names: tuple[str, ...]) -> object:
    given = [name for name in names if name in table]
    if len(given) != 1:
        raise MalformedTransaction(f"an authorization has exactly one {names[0]}")
    return table[given[0]]
