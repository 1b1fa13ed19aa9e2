"""What else a transaction says: when it ends, what it may burn, its memo."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from appliance.chains.tron.transaction import Transaction
from appliance.chains.tron.words import trx
from appliance.model.rule import Rule, refusal
from appliance.model.text import judge_memo, memo_text
from appliance.model.transaction import Fact
from appliance.wire.messages import Finding

MAX_MEMO = 1024
"""Bytes of a memo that people can be asked to read."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is written by hand, which is faster
_MAX_TIME = 253_402_300_800_000
"""Milliseconds until the year 10000."""


def facts(transaction: Transaction) -> Iterator[Fact]:
    """Say what people should read besides payments."""
    if transaction.memo:
        yield Fact("Memo", memo_text(transaction.memo[:MAX_MEMO]))
    if transaction.fee_limit:
        yield Fact("Fee limit", trx(transaction.fee_limit))
    if transaction.timestamp:
        yield Fact("Timestamp", time_of(transaction.timestamp))
    if transaction.expiration:
        yield Fact("Expiration", time_of(transaction.expiration))
    block = f"{transaction.ref_block_bytes[:8].hex()} {transaction.ref_block_hash[:32].hex()}"
    yield Fact("Reference block", block)
    permissions = [each.permission_id for each in transaction.contracts[:1]]
    if any(permissions):
        yield Fact("Permission", str(permissions[0]))


def memo_objections(memo: bytes) -> Iterator[Finding]:
    """Object to a memo that people cannot read as it stands; only its length refuses."""
    if len(memo) > MAX_MEMO:
        yield refusal(
            Rule.UNSUPPORTED,
            f"a memo of {len(memo):,} bytes is more than the {MAX_MEMO:,} that are shown",
            "memo",
        )
    elif memo:
        yield from judge_memo(memo, "memo")


def time_of(milliseconds: int) -> str:
    """Write a time in UTC; years beyond 9999, and times before 1970, in milliseconds alone."""
    if not 0 <= milliseconds < _MAX_TIME:
        return f"{milliseconds:,} ms after 1970"
    return f"{(_EPOCH + timedelta(seconds=milliseconds // 1000)).isoformat(' ')} UTC"
