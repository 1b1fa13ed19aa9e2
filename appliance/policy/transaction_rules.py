"""Rules about one transaction, by the standing rules alone. One function per rule id."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from appliance.model.money import Asset, format_amount, format_decimal
from appliance.model.rule import Rule, attention, refusal
from appliance.model.text import literal
from appliance.model.transaction import (
    BitcoinFee,
    DecodedTransaction,
    EthereumFee,
    Fee,
    SolanaFee,
    TronFee,
)
from appliance.policy.standing import StandingRules
from appliance.wire.epochs import AssetLimit, Policy
from appliance.wire.messages import Finding
from appliance.wire.terms import Severity

PPM = 1_000_000
USUAL_SAT_VB = 1_000
USUAL_WEI_PER_GAS = 1_000 * 10**9
USUAL_GAS = 1_000_000
USUAL_SUN = 500 * 10**6
USUAL_LAMPORTS = 10_000_000
"""Fees that transfers have stayed under in the busiest hours of their chains."""
MAX_VALIDITY = 24 * 60 * 60 * 1000
"""Milliseconds that a TRON node lets a transaction stay valid (java-tron, Constant)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A decoded transaction and the rules it is judged by. `name` says which one it is.

    `now` is Unix seconds, None where a reader was given no clock.
    """

    name: str
    transaction: DecodedTransaction
    standing: StandingRules
    now: int | None

    def at(self, part: str) -> str:
        """Return where a part of this transaction stands."""
        return f"{self.name}, {part}" if self.name and part else self.name or part


TransactionRule = Callable[[Reading], Iterator[Finding]]


def account_unknown(reading: Reading) -> Iterator[Finding]:
    """Some registered account must pay."""
    if reading.standing.accounts is not None and reading.transaction.account is None:
        yield refusal(Rule.ACCOUNT_UNKNOWN, "no registered account pays this", reading.at(""))


def chain_mismatch(reading: Reading) -> Iterator[Finding]:
    """The account that pays must be of the network that the bytes name (R-44)."""
    transaction, accounts = reading.transaction, reading.standing.accounts or {}
    account = accounts.get(transaction.account or "")
    if account is not None and account.network != transaction.network:
        yield refusal(
            Rule.CHAIN_MISMATCH,
            f"the transaction is for network {literal(transaction.network)}, "
            f"account {account.name} is on {account.network}",
            reading.at(""),
        )


def whitelist(reading: Reading) -> Iterator[Finding]:
    """Every destination must be listed (R-35)."""
    standing, transaction = reading.standing, reading.transaction
    if standing.whitelist is None:
        return
    make = refusal if standing.policy is None or standing.policy.require_whitelist else attention
    for transfer in transaction.transfers:
        destination = (transaction.chain, transaction.network, transfer.destination)
        if destination not in standing.whitelist:
            message = f"{transfer.destination} is not on the whitelist"
            yield make(Rule.WHITELIST, message, reading.at(transfer.where))


def limit_per_transaction(reading: Reading) -> Iterator[Finding]:
    """No transaction pays more of an asset than its limit, all its outputs together (R-36)."""
    policy = reading.standing.policy
    if policy is None:
        return
    totals: Counter[Asset] = Counter()
    for transfer in reading.transaction.transfers:
        totals[transfer.asset] += transfer.amount
    for asset, total in totals.items():
        limit = _limit(policy, asset)
        if limit is not None and total > limit.per_transaction:
            message = (
                f"{format_amount(total, asset)} is over the limit of "
                f"{format_amount(limit.per_transaction, asset)}"
            )
            yield refusal(Rule.LIMIT_PER_TRANSACTION, message, reading.at(""))


def _limit(policy: Policy, asset: Asset) -> AssetLimit | None:
    """Return the tightest limit that names this asset; an unknown token has none to name it."""
    named = (
        limit
        for limit in policy.limits
        if asset.known and limit.asset == asset.symbol and limit.chain in (None, asset.chain)
    )
    return min(named, key=lambda limit: limit.per_transaction, default=None)


def fee_ceiling(reading: Reading) -> Iterator[Finding]:
    """The fee stays under every ceiling of its chain (R-40, R-41)."""
    policy = reading.standing.policy
    if policy is None:
        return
    for message in _over_ceiling(policy, reading.transaction):
        yield refusal(Rule.FEE_CEILING, message, reading.at("fee"))


def _over_ceiling(policy: Policy, transaction: DecodedTransaction) -> Iterator[str]:
    match transaction.fee:
        case BitcoinFee() as fee:
            yield from _over_bitcoin_ceiling(policy, fee, transaction)
        case EthereumFee() as fee:
            yield from _over_ethereum_ceiling(policy, fee)
        case TronFee(fee_limit=limit):
            ceiling = policy.tron_fees.max_fee_limit if policy.tron_fees else None
            if ceiling is not None and limit > ceiling:
                yield f"a fee_limit of {limit:,} sun is over {ceiling:,}"
        case SolanaFee(priority=priority):
            ceiling = policy.solana_fees.max_priority_fee if policy.solana_fees else None
            if ceiling is not None and priority > ceiling:
                yield f"a priority fee of {priority:,} lamports is over {ceiling:,}"


def fee_unusual(reading: Reading) -> Iterator[Finding]:
    """Where the policy sets no ceiling, a fee out of all proportion is at least pointed out."""
    for message in _unusual(reading.transaction.fee, reading.standing.policy):
        yield attention(Rule.FEE_UNUSUAL, message, reading.at("fee"))


def _unusual(fee: Fee, policy: Policy | None) -> Iterator[str]:
    for ceiling, reached, usual, unit in _measures(fee, policy):
        if ceiling is None and reached > usual:
            yield f"{reached:,} {unit} is over {usual:,}, and there is no ceiling"


def _measures(fee: Fee, policy: Policy | None) -> tuple[tuple[int | None, int, int, str], ...]:
    """Return each measure of a fee: its ceiling, what it is, what is usual, and its unit."""
    match fee:
        case BitcoinFee():
            ceiling = (
                policy.bitcoin_fees.max_rate_sat_vb if policy and policy.bitcoin_fees else None
            )
            rate = fee.total // max(fee.virtual_size, 1)
            return ((ceiling, rate, USUAL_SAT_VB, "sat/vB"),)
        case EthereumFee(gas_limit=gas, max_fee_per_gas=price):
            ethereum = policy.ethereum_fees if policy else None
            most_price = ethereum.max_fee_per_gas if ethereum else None
            most_gas = ethereum.max_gas_limit if ethereum else None
            return (
                (most_price, price, USUAL_WEI_PER_GAS, "wei per gas"),
                (most_gas, gas, USUAL_GAS, "gas"),
            )
        case TronFee(fee_limit=limit):
            tron = policy.tron_fees.max_fee_limit if policy and policy.tron_fees else None
            return ((tron, limit, USUAL_SUN, "sun of fee_limit"),)
        case SolanaFee(priority=priority):
            most = policy.solana_fees.max_priority_fee if policy and policy.solana_fees else None
            return ((most, priority, USUAL_LAMPORTS, "lamports of priority fee"),)


def _over_bitcoin_ceiling(
    policy: Policy, fee: BitcoinFee, transaction: DecodedTransaction
) -> Iterator[str]:
    ceilings = policy.bitcoin_fees
    if ceilings is None:
        return
    rate, share = ceilings.max_rate_sat_vb, ceilings.max_fraction_ppm
    if rate is not None and fee.total > rate * fee.virtual_size:
        yield (
            f"the fee of {fee.total:,} sat is over {rate:,} sat/vB "
            f"for about {fee.virtual_size:,} vB"
        )
    paid = sum(transfer.amount for transfer in transaction.transfers)
    if share is not None and fee.total * PPM > share * paid:
        percent = format_decimal(share, 4)
        yield f"the fee of {fee.total:,} sat is over {percent} % of {paid:,} sat paid out"


def _over_ethereum_ceiling(policy: Policy, fee: EthereumFee) -> Iterator[str]:
    ceilings = policy.ethereum_fees
    if ceilings is None:
        return
    if ceilings.max_fee_per_gas is not None and fee.max_fee_per_gas > ceilings.max_fee_per_gas:
        yield f"{fee.max_fee_per_gas:,} wei per gas is over {ceilings.max_fee_per_gas:,}"
    if ceilings.max_gas_limit is not None and fee.gas_limit > ceilings.max_gas_limit:
        yield f"a gas limit of {fee.gas_limit:,} is over {ceilings.max_gas_limit:,}"


def expired(reading: Reading) -> Iterator[Finding]:
    """A transaction that ends its own validity is still valid, and not for too long (R-42)."""
    expires, now = reading.transaction.expires, reading.now
    if expires is None or now is None:
        return
    left = expires - now * 1000
    if left <= 0:
        message = f"the transaction expired {-left // 1000:,} seconds ago"
        yield refusal(Rule.EXPIRED, message, reading.at("expiration"))
    if left > MAX_VALIDITY:
        message = f"the transaction stays valid for {left // 1000:,} seconds"
        yield refusal(Rule.EXPIRY_FAR, message, reading.at("expiration"))


def data_output(reading: Reading) -> Iterator[Finding]:
    """Data for everybody to read is carried only where the policy allows it (R-40)."""
    policy = reading.standing.policy
    if policy is not None and policy.allow_data_outputs:
        return
    for finding in reading.transaction.findings:
        if finding.rule == Rule.DATA_OUTPUT.value:
            message = "the policy does not allow a transaction to carry data"
            yield refusal(Rule.DATA_OUTPUT, message, reading.at(finding.where))


def key_not_on_token(reading: Reading) -> Iterator[Finding]:
    """Every input has a key here to sign it with."""
    if _is_keyless(reading):
        yield refusal(Rule.KEY_NOT_ON_TOKEN, "no key of the account is on this token")
    for index, held in _held_keys(reading):
        if held == 0:
            message = "no key of this input is on this token"
            yield refusal(Rule.KEY_NOT_ON_TOKEN, message, reading.at(f"input {index}"))


def key_two_cosigners(reading: Reading) -> Iterator[Finding]:
    """One device never holds two cosigner keys of one wallet (R-21)."""
    for index, held in _held_keys(reading):
        if held > 1:
            message = f"{held} keys of this input are on this token"
            yield refusal(Rule.KEY_TWO_COSIGNERS, message, reading.at(f"input {index}"))


def _is_keyless(reading: Reading) -> bool:
    """Whether there is nothing to sign although nothing is wrong: the account has no key."""
    transaction, standing = reading.transaction, reading.standing
    account = (standing.accounts or {}).get(transaction.account or "")
    if standing.held_keys is None or account is None or account.network != transaction.network:
        return False
    is_refused = any(finding.severity is Severity.REFUSE for finding in transaction.findings)
    return not transaction.signing and not is_refused


def _held_keys(reading: Reading) -> Iterator[tuple[int, int]]:
    held = reading.standing.held_keys
    if held is None:
        return
    for index, digests in groupby(reading.transaction.signing, key=lambda item: item.index):
        yield index, sum(item.public_key in held for item in digests)


def no_context(reading: Reading) -> Iterator[Finding]:
    """Say what could not be judged, so that a reading is never taken for a judgement."""
    standing = reading.standing
    missing = [
        name
        for name, given in (
            ("accounts", standing.accounts),
            ("whitelist", standing.whitelist),
            ("policy", standing.policy),
            *((("time", reading.now),) if reading.transaction.expires else ()),
        )
        if given is None
    ]
    if missing:
        yield attention(Rule.NO_CONTEXT, f"not judged by: {', '.join(missing)}", reading.at(""))


TRANSACTION_RULES: tuple[TransactionRule, ...] = (
    account_unknown,
    chain_mismatch,
    whitelist,
    limit_per_transaction,
    fee_ceiling,
    fee_unusual,
    expired,
    data_output,
    key_not_on_token,
    key_two_cosigners,
    no_context,
)
