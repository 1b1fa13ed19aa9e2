"""What the station itself refuses, beside the findings of the appliance's reader.

The reader judges one transaction at a time; whether together they serve the requests, each once and
from the right wallet, is seen only here.
"""

from collections import Counter
from collections.abc import Iterator

from appliance.wire.epochs import EthereumAccount, Genesis
from appliance.wire.messages import BatchContent, UnsignedTransaction
from online_coordinator.errors import ReadingRefused
from online_coordinator.station.reading import Reading


def verify_readings(content: BatchContent, genesis: Genesis, readings: tuple[Reading, ...]) -> None:
    """Raise ReadingRefused, with every reason, unless all is cleared and serves the requests."""
    reasons = (
        *_refusals(readings),
        *_coverage(content),
        *_accounts(content, readings),
        *_nonces(genesis, readings),
    )
    if reasons:
        raise ReadingRefused(f"{len(reasons)} reasons not to approve this batch", reasons)


def _refusals(readings: tuple[Reading, ...]) -> Iterator[str]:
    for reading in readings:
        told = [finding for finding in reading.findings if finding.severity == "refuse"]
        for finding in told:
            yield f"{reading.id}: {finding.rule}: {finding.message}"
        if not reading.cleared and not told:
            yield f"{reading.id}: refused, and no finding says why"


def _coverage(content: BatchContent) -> Iterator[str]:
    """Every request is served by exactly one transaction, and every transaction serves one."""
    if not content.transactions:
        yield "BATCH-EMPTY: there is no transaction"
    covered = Counter(name for each in content.transactions for name in each.covers)
    asked = Counter(request.id for request in content.withdrawals)
    for name in sorted(covered.keys() | asked.keys()):
        if (covered[name], asked[name]) != (1, 1):
            yield (
                f"CLAIM-MISMATCH: request {name} stands {asked[name]} times in the batch and is "
                f"served by {covered[name]} transactions"
            )
    identifiers = Counter(each.id for each in content.transactions)
    for name, count in identifiers.items():
        if count > 1:
            yield f"CLAIM-MISMATCH: {count} transactions are called {name}"


def _accounts(content: BatchContent, readings: tuple[Reading, ...]) -> Iterator[str]:
    """What pays is the wallet that the requests name, on the chain that the batch names."""
    wallets = {request.id: request.wallet for request in content.withdrawals}
    for unsigned, reading in zip(content.transactions, readings, strict=True):
        named = _named(unsigned, wallets)
        if {reading.account} != named:
            yield f"{unsigned.id}: ACCOUNT-MISMATCH: account {reading.account or 'unknown'} pays"
        if reading.chain != unsigned.chain.value:
            yield f"{unsigned.id}: HINT-MISMATCH: these bytes are for {reading.chain or 'nothing'}"


def _named(unsigned: UnsignedTransaction, wallets: dict[str, str]) -> set[str]:
    return {unsigned.wallet, *(wallets[name] for name in unsigned.covers if name in wallets)}


def _nonces(genesis: Genesis, readings: tuple[Reading, ...]) -> Iterator[str]:
    """Nonces of an account follow each other, and none is from before its registration."""
    least = {
        account.name: account.next_nonce
        for account in genesis.manifest.accounts
        if isinstance(account, EthereumAccount) and account.next_nonce is not None
    }
    due: dict[str, int] = {}
    for reading in readings:
        if reading.nonce is None:
            continue
        if reading.nonce < least.get(reading.account, 0):
            yield f"{reading.id}: NONCE-REUSED: nonce {reading.nonce} was used before registration"
        if reading.nonce != due.get(reading.account, reading.nonce):
            yield f"{reading.id}: NONCE-GAP: nonce {reading.nonce}, {due[reading.account]} is due"
        due[reading.account] = reading.nonce + 1
