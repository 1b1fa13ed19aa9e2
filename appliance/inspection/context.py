"""The context of a reading (CONTRACTS: the same objects as the signed settings, unsigned)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from appliance.errors import DecodeError, SettingsError
from appliance.inspection.strict_json import (
    Object,
    amount_of,
    as_list,
    as_object,
    integer_of,
    text_of,
)
from appliance.policy.standing import StandingRules, decoders, index_whitelist
from appliance.wire.epochs import (
    Account,
    AssetLimit,
    BitcoinAccount,
    BitcoinFees,
    DescriptorPair,
    EthereumAccount,
    EthereumFees,
    Policy,
    SolanaAccount,
    SolanaFees,
    Token,
    TronAccount,
    TronFees,
    WhitelistEntry,
)
from appliance.wire.terms import Chain

T = TypeVar("T")
PPM_DIGITS, PPM = 6, 1_000_000


@dataclass(frozen=True, slots=True)
class Context:
    """What a case is judged by. `now` is Unix seconds, None where no clock was given."""

    standing: StandingRules
    tokens: tuple[Token, ...]
    now: int | None


def parse_context(table: Object) -> Context:
    """Prepare a context. Raises SettingsError, naming what is wrong and where."""
    unknown = sorted(table.keys() - {"time", "accounts", "tokens", "whitelist", "policy"})
    if unknown:
        raise SettingsError(f"the context has the unknown key {unknown[0][:40]!r}")
    try:
        tokens = _items(table, "tokens", _token) or ()
        return Context(_standing(table, tokens), tokens, _now(table))
    except DecodeError as error:
        raise SettingsError(f"the context does not hold together: {error.what}") from error


def _now(table: Object) -> int | None:
    if "time" not in table:
        return None
    text = text_of(table, "time", "time")
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError("time is not a date and time of ISO 8601") from None
    if time.tzinfo is None:
        raise SettingsError("time does not say its zone: end it with Z")
    return int(time.timestamp())


def _standing(table: Object, tokens: tuple[Token, ...]) -> StandingRules:
    accounts = _items(table, "accounts", _account)
    whitelist = _items(table, "whitelist", _whitelist_entry)
    names = {account.name: account for account in accounts or ()}
    if len(names) != len(accounts or ()):
        raise SettingsError("two accounts have one name")
    return StandingRules(
        realm=None,
        roster=None,
        policy=_policy(as_object(table["policy"], "policy")) if "policy" in table else None,
        whitelist=None if whitelist is None else index_whitelist(whitelist),
        accounts=None if accounts is None else names,
        held_keys=None,
        decoders=decoders(accounts or (), tokens, whitelist or ()),
    )


def _items(table: Object, key: str, parse: Callable[[Object, str], T]) -> tuple[T, ...] | None:
    if key not in table:
        return None
    items = as_list(table[key], key)
    return tuple(
        parse(as_object(item, f"{key}[{n}]"), f"{key}[{n}]") for n, item in enumerate(items)
    )


def _chain(table: Object, where: str) -> Chain:
    name = text_of(table, "chain", where)
    try:
        return Chain(name)
    except ValueError:
        raise SettingsError(f"{where}: chain {name[:20]!r} is not known here") from None


def _network(chain: Chain, table: Object, where: str) -> str:
    match chain:
        case Chain.BITCOIN:
            return text_of(table, "network", where)
        case Chain.ETHEREUM:
            return str(integer_of(table, "chain_id", where))
        case Chain.TRON | Chain.SOLANA:
            return text_of(table, "network", where)


def _account(table: Object, where: str) -> Account:
    chain = _chain(table, where)
    name, network = text_of(table, "name", where), _network(chain, table, where)
    match chain:
        case Chain.BITCOIN:
            return BitcoinAccount(name, network, _pairs(table, where), _range_end(table, where))
        case Chain.ETHEREUM:
            nonce = integer_of(table, "next_nonce", where) if "next_nonce" in table else None
            return EthereumAccount(name, network, text_of(table, "address", where), None, nonce)
        case Chain.TRON:
            permission = (
                integer_of(table, "permission_id", where) if "permission_id" in table else 0
            )
            return TronAccount(name, network, text_of(table, "address", where), None, permission)
        case Chain.SOLANA:
            own = as_list(table.get("nonce_accounts", []), f"{where}: nonce_accounts")
            if not all(isinstance(each, str) for each in own):
                raise SettingsError(f"{where}: nonce_accounts is not a list of addresses")
            return SolanaAccount(name, network, text_of(table, "address", where), tuple(own))


def _pairs(table: Object, where: str) -> tuple[DescriptorPair, ...]:
    """One descriptor of two paths (BIP-389), or a list of pairs of descriptors."""
    if "descriptor" in table:
        descriptor = text_of(table, "descriptor", where)
        return (DescriptorPair(descriptor, descriptor),)
    pairs = [as_object(item, where) for item in as_list(table.get("descriptors"), where)]
    return tuple(
        DescriptorPair(text_of(pair, "receive", where), text_of(pair, "change", where))
        for pair in pairs
    )


def _range_end(table: Object, where: str) -> int:
    match table.get("range", [0, 0]):
        case [0, int() as end] if not isinstance(end, bool) and 0 <= end <= 1_000_000:
            return end
        case _:
            raise SettingsError(f"{where}: range is not [0, last index]")


def _token(table: Object, where: str) -> Token:
    chain = _chain(table, where)
    decimals = integer_of(table, "decimals", where)
    if decimals > 36:
        raise SettingsError(f"{where}: decimals is over 36")
    contract, symbol = text_of(table, "contract", where), text_of(table, "symbol", where)
    return Token(chain, _network(chain, table, where), contract, symbol, decimals)


def _whitelist_entry(table: Object, where: str) -> WhitelistEntry:
    chain = _chain(table, where)
    address, label = text_of(table, "address", where), text_of(table, "label", where)
    return WhitelistEntry(chain, _network(chain, table, where), address, label)


def _policy(table: Object) -> Policy:
    required = table.get("require_whitelist", True)
    if not isinstance(required, bool):
        raise SettingsError("policy: require_whitelist is not true or false")
    allowed = table.get("allow_data_outputs", False)
    if not isinstance(allowed, bool):
        raise SettingsError("policy: allow_data_outputs is not true or false")
    fees = as_object(table.get("fees", {}), "policy: fees")
    return Policy(
        require_whitelist=required,
        limits=_items(table, "limits", _limit) or (),
        bitcoin_fees=_fees(fees, "bitcoin", _bitcoin_fees),
        ethereum_fees=_fees(fees, "ethereum", _ethereum_fees),
        tron_fees=_fees(fees, "tron", _tron_fees),
        solana_fees=_fees(fees, "solana", _solana_fees),
        allow_data_outputs=allowed,
        serial_link=False,
        unattributed=(),
    )


def _limit(table: Object, where: str) -> AssetLimit:
    chain = _chain(table, where) if "chain" in table else None
    return AssetLimit(
        text_of(table, "asset", where), chain, amount_of(table, "per_transaction", where)
    )


def _fees(fees: Object, chain: str, parse: Callable[[Object], T]) -> T | None:
    return parse(as_object(fees[chain], chain)) if chain in fees else None


def _bitcoin_fees(table: Object) -> BitcoinFees:
    rate = _optional(table, "max_rate_sat_vb", integer_of)
    share = _optional(table, "max_fraction", text_of)
    return BitcoinFees(rate, None if share is None else parts_per_million(share))


def _ethereum_fees(table: Object) -> EthereumFees:
    return EthereumFees(
        _optional(table, "max_fee_per_gas", amount_of),
        _optional(table, "max_gas_limit", integer_of),
    )


def _tron_fees(table: Object) -> TronFees:
    return TronFees(_optional(table, "max_fee_limit", amount_of))


def _solana_fees(table: Object) -> SolanaFees:
    return SolanaFees(_optional(table, "max_priority_fee", amount_of))


def _optional(table: Object, key: str, read: Callable[[Object, str, str], T]) -> T | None:
    return read(table, key, "policy: fees") if key in table else None


def parts_per_million(fraction: str) -> int:
    """Read a decimal fraction like `0.05` exactly. Raises SettingsError."""
    whole, _, digits = fraction.partition(".")
    if not (whole + digits).isdigit() or not fraction.isascii() or len(digits) > PPM_DIGITS:
        raise SettingsError("policy: max_fraction is not a decimal fraction of at most 6 digits")
    return int(whole or "0") * PPM + int(digits.ljust(PPM_DIGITS, "0"))
