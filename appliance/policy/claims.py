"""What was asked for against what the bytes pay: the same payments, no more and no fewer."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.errors import DecodeError
from appliance.model.transaction import DecodedTransaction, Transfer
from appliance.policy.standing import normalise
from appliance.wire.messages import WithdrawalRequest
from appliance.wire.terms import Chain


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment with every word in its one spelling, so that equal payments are equal."""

    symbol: str
    token: str | None
    amount: int
    destination: str

    def __str__(self) -> str:
        token = f" (token {self.token})" if self.token else ""
        return f"{self.amount:,} base units of {self.symbol}{token} to {self.destination}"


def payment_of_claim(claim: WithdrawalRequest, chain: Chain, network: str) -> Payment:
    """Return what a withdrawal request asks for; a word that is no address is kept as it is."""
    token = claim.token and _spelling(chain, claim.token, network)
    destination = _spelling(chain, claim.destination, network)
    return Payment(claim.asset, token, claim.amount, destination)


def payment_of_transfer(transfer: Transfer) -> Payment:
    """Return what the bytes pay."""
    asset = transfer.asset
    return Payment(asset.symbol, asset.token, transfer.amount, transfer.destination)


def mismatches(
    transaction: DecodedTransaction, claims: tuple[WithdrawalRequest, ...]
) -> Iterator[str]:
    """Yield a sentence for every payment that is claimed and not made, or made and not claimed."""
    chain, network = transaction.chain, transaction.network
    claimed = Counter(payment_of_claim(claim, chain, network) for claim in claims)
    made = Counter(payment_of_transfer(transfer) for transfer in transaction.transfers)
    for payment in (claimed - made).elements():
        yield f"asked for, not paid: {payment}"
    for payment in (made - claimed).elements():
        yield f"paid, not asked for: {payment}"


def _spelling(chain: Chain, address: str, network: str) -> str:
    try:
        return normalise(chain, address, network)
    except DecodeError:
        return address
