"""What a container says about the bytes in it, held against what the bytes say.

A container is a claim. What it says never decides how the bytes are read, but a container that
disagrees with its content was made by somebody who wants two things to be believed.
"""

from dataclasses import dataclass

from appliance.chains.bitcoin import psbt
from appliance.chains.ethereum.address import spell_address
from appliance.codecs import base58, base58check
from appliance.errors import MalformedTransaction
from appliance.model.rule import Rule, refusal
from appliance.model.transaction import DecodedTransaction
from appliance.wire.messages import Finding
from appliance.wire.sign_request import HARDENED, DataKind, KeyPath, SignRequest
from appliance.wire.terms import Chain

TRON_VERSION = b"\x41"
MESSAGE_KINDS = {DataKind.TYPED_DATA: "typed-data", DataKind.MESSAGE: "message"}
"""Kinds of data that are no transaction."""

_PURPOSE, _TEST_COIN = 44, 1
_COINS = {Chain.ETHEREUM: 60, Chain.TRON: 195, Chain.SOLANA: 501}
_FIRST_LIST = 0xC0
"""The first byte of an RLP list: of a transaction before EIP-2718 gave types one below it."""


@dataclass(frozen=True, slots=True)
class Says:
    """What a container says of its bytes: claims, None where it is silent.

    `container` names it for people. `address` is spelled as its chain does.
    """

    container: str
    chain: Chain | None
    kind: DataKind | None = None
    chain_id: int | None = None
    address: str | None = None
    path: KeyPath | None = None
    origin: str | None = None


def says_of(name: str, request: SignRequest) -> Says:
    """Return what a request of this name says. Raises MalformedTransaction for a wrong address."""
    return Says(
        container=name,
        chain=request.chain,
        kind=request.kind,
        chain_id=request.chain_id,
        address=spelled_address(request),
        path=request.path,
        origin=request.origin,
    )


def spelled_address(request: SignRequest) -> str | None:
    """Return the address that a request names as its chain spells it.

    Raises MalformedTransaction if it is none.
    """
    return _spelled(request.chain, request.address) if request.address else None


def disagreements(says: Says, transaction: DecodedTransaction, data: bytes) -> tuple[Finding, ...]:
    """Return a refusal for everything a container says that its bytes, as decoded, do not."""
    texts = (
        _wrong_chain(says, transaction),
        _wrong_kind(says, data),
        _wrong_address(says, transaction),
        _wrong_path(says, transaction),
    )
    where = says.container
    return tuple(refusal(Rule.CONTAINER_MISMATCH, text, where) for text in texts if text)


def _wrong_chain(says: Says, transaction: DecodedTransaction) -> str | None:
    if says.chain is not None and says.chain is not transaction.chain:
        return f"it says {says.chain.value}, the bytes are of {transaction.chain.value}"
    if says.chain_id is not None and str(says.chain_id) != transaction.network:
        return f"it says chain id {says.chain_id}, the bytes are for {transaction.network}"
    return None


def _wrong_kind(says: Says, data: bytes) -> str | None:
    """What is a transaction was decoded as one, whatever it was said to be."""
    is_typed = data[:1] < bytes((_FIRST_LIST,))
    match says.kind:
        case DataKind.TRANSACTION if data.startswith(psbt.MAGIC):
            return "it says a transaction ready to be sent, the bytes are a PSBT (BIP-174)"
        case DataKind.MESSAGE | DataKind.TYPED_DATA:
            return f"it says {MESSAGE_KINDS[says.kind]}, the bytes are a transaction"
        case DataKind.TRANSACTION if says.chain is Chain.ETHEREUM and is_typed:
            return "it says a transaction without type, the bytes are of a typed one (EIP-2718)"
        case DataKind.TYPED_TRANSACTION if not is_typed:
            return "it says a typed transaction (EIP-2718), the bytes are of one without type"
        case _:
            return None


def _wrong_address(says: Says, transaction: DecodedTransaction) -> str | None:
    source = transaction.source
    if says.address is None or source is None or says.address == source:
        return None
    return f"it says that {says.address} pays, the bytes are paid by {source}"


def _wrong_path(says: Says, transaction: DecodedTransaction) -> str | None:
    """A path of BIP-44 names its coin (SLIP-44); 1 is every test network."""
    components = says.path.components if says.path else ()
    coin = _COINS.get(transaction.chain)
    if coin is None or len(components) < 2 or components[0] != HARDENED + _PURPOSE:
        return None
    if components[1] in (HARDENED + coin, HARDENED + _TEST_COIN):
        return None
    return f"it names the key {says.path}, which is of coin {components[1] % HARDENED}, not {coin}"


def _spelled(chain: Chain, address: bytes | str) -> str:
    """Return an address as its chain spells it, from bytes or from a text, itself maybe as bytes.

    Raises MalformedTransaction if it is none.
    """
    match chain, address:
        case Chain.ETHEREUM, bytes(raw):
            return spell_address(raw)
        case Chain.TRON, bytes(raw) if len(raw) == 20:
            return base58check.encode_check(TRON_VERSION + raw)
        case Chain.TRON, bytes(raw) if len(raw) == 21:
            return _spelled(chain, base58check.encode_check(raw))
        case Chain.SOLANA, bytes(raw) if len(raw) == 32:
            return base58.encode(raw)
    text = address if isinstance(address, str) else address.decode("ascii", "replace")
    if chain is Chain.TRON:
        decoded = base58check.decode_check(text)
        is_address = len(decoded) == 21 and decoded[:1] == TRON_VERSION
    else:
        is_address = len(base58.decode(text)) == 32
    if not is_address:
        raise MalformedTransaction("the container's address is none of its chain")
    return text
