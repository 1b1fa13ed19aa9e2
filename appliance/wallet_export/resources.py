"""A registered wallet as Uniform Resources, in both generations of the registry."""

from dataclasses import dataclass
from typing import TypeGuard

from appliance.chains.ethereum.address import parse_address
from appliance.errors import ExportRefused
from appliance.wallet_export.keys import account_keys, public_keys
from appliance.wallet_export.written import Written, registered, single_branches
from appliance.wire import public_keys as wire
from appliance.wire import ur
from appliance.wire.epochs import BitcoinAccount, EthereumAccount
from appliance.wire.foreign_cbor import Value, encode
from appliance.wire.public_keys import FIRST, SECOND, Generation, PublicKey

BITCOIN_TYPES = (
    "crypto-output",
    "output-descriptor",
    "crypto-account",
    "account-descriptor",
    "crypto-hdkey",
    "hdkey",
)
ETHEREUM_TYPES = ("crypto-hdkey", "hdkey", "crypto-address", "address")


@dataclass(frozen=True, slots=True)
class Resource:
    """A UR of this type, and its CBOR body. `title` says to people what it is."""

    title: str
    type: str
    body: bytes

    @property
    def text(self) -> str:
        """The UR as one text."""
        return next(ur.Encoder(self.type, self.body, len(self.body)).parts())


def bitcoin_resources(account: BitcoinAccount, ur_type: str) -> tuple[Resource, ...]:
    """Return a wallet as URs of a type: one for each descriptor, or for each extended key.

    Raises ExportRefused for a type that cannot hold it.
    """
    generation = FIRST if ur_type.startswith("crypto-") else SECOND
    match ur_type:
        case "crypto-output":
            found = [
                (title, _crypto_output(written, account.network))
                for title, written in single_branches(account)
            ]
        case "output-descriptor":
            found = [(title, _descriptor(text, account)) for title, text in registered(account)]
        case "crypto-account" | "account-descriptor" | "crypto-hdkey" | "hdkey":
            found = _per_key(account, ur_type, generation)
        case _:
            raise ExportRefused(f"a Bitcoin wallet is one of {', '.join(BITCOIN_TYPES)}")
    return tuple(Resource(title, ur_type, encode(body)) for title, body in found)


def ethereum_resources(account: EthereumAccount, ur_type: str) -> tuple[Resource, ...]:
    """Return a wallet of one key as a UR: without a chain code, so that it is that key alone.

    Raises ExportRefused for a type that cannot hold it, and where its public key is not known.
    """
    generation = FIRST if ur_type.startswith("crypto-") else SECOND
    match ur_type:
        case "crypto-hdkey" | "hdkey":
            if account.public_key is None:
                raise ExportRefused("the wallet's public key is not known here: export its address")
            key = PublicKey(account.public_key, coin=wire.ETHEREUM)
            body: Value = wire.hdkey(key, generation)
        case "crypto-address" | "address":
            body = wire.ethereum_address(parse_address(account.address), generation)
        case _:
            raise ExportRefused(f"an Ethereum wallet is one of {', '.join(ETHEREUM_TYPES)}")
    return (Resource(f"{account.name}: {ur_type}", ur_type, encode(body)),)


def _crypto_output(written: Written, network: str) -> Value:
    keys = public_keys(written, network)
    if not _all_known(keys):
        raise ExportRefused("crypto-output cannot hold a key of this wallet: use output-descriptor")
    return wire.crypto_output(written.functions, written.threshold, keys)


def _all_known(keys: tuple[PublicKey | None, ...]) -> TypeGuard[tuple[PublicKey, ...]]:
    return None not in keys


def _descriptor(text: str, account: BitcoinAccount) -> Value:
    """Put a placeholder for every key that a UR can hold; the others stay as they are written."""
    written = Written.of(text)
    held: list[PublicKey] = []
    source: list[str] = []
    for each, key in zip(written.keys, public_keys(written, account.network), strict=True):
        source.append(each if key is None else f"@{len(held)}")
        held.extend(() if key is None else (key,))
    if not held:
        return wire.output_descriptor(text, (), account.name)
    body = Written(written.functions, written.threshold, tuple(source)).body
    return wire.output_descriptor(body, tuple(held), account.name)


def _per_key(
    account: BitcoinAccount, ur_type: str, generation: Generation
) -> list[tuple[str, Value]]:
    """Return each extended key once, as it stands above all addresses."""
    found: dict[PublicKey, Value] = {}
    for _, written in single_branches(account):
        for key in account_keys(written, account.network):
            is_key = ur_type.endswith("hdkey")
            found[key] = (
                wire.hdkey(key, generation) if is_key else _account(key, written, generation)
            )
    if not found:
        raise ExportRefused(f"the wallet has no extended key, and {ur_type} is for nothing else")
    return [
        (f"{account.name}: key {number}", body) for number, body in enumerate(found.values(), 1)
    ]


def _account(key: PublicKey, written: Written, generation: Generation) -> Value:
    """Return the account of one master key, of which a multisig's party is one (BCR-2023-019)."""
    if key.source is None or key.source.fingerprint is None:
        raise ExportRefused("an account names its master key, and this wallet's is not known")
    functions = written.functions
    if written.threshold is not None:
        functions = (*functions[:-1], "cosigner")
    if generation is FIRST:
        output = wire.crypto_output(functions, None, (key,))
    else:
        output = wire.output_descriptor(Written(functions, None, ("@0",)).body, (key,))
    return wire.account(key.source.fingerprint, (output,), generation)
