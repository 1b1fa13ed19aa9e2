"""Exact amounts: decimal text ↔ integer base units. No float takes part."""

import re

from online_coordinator.errors import AmountInvalid, foreign

AMOUNT_LIMIT = 1 << 256
"""Amounts are below this: what an EVM token can hold."""

_PLAIN_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,77})(?:\.([0-9]{1,77}))?", re.ASCII)


def base_units(text: str, decimals: int) -> int:
    """Return the base units that `text` states exactly, more than none.

    The text is a plain decimal: digits, and at most one point with digits on both sides. Raises
    AmountInvalid for thousands separators, exponents, signs, blanks, superfluous leading zeros,
    more decimals than the asset has, zero, and anything from 2^256 base units.
    """
    plain = _PLAIN_DECIMAL.fullmatch(text)
    if plain is None:
        raise AmountInvalid(f"{_fault(text)}: write a plain decimal such as 1250.5")
    whole, fraction = plain.group(1), plain.group(2) or ""
    if len(fraction) > decimals:
        raise AmountInvalid(
            f"{foreign(text)} has {len(fraction)} decimals, the asset has {decimals}"
        )
    amount = int(whole + fraction.ljust(decimals, "0"))
    if amount == 0:
        raise AmountInvalid("the amount is zero")
    if amount >= AMOUNT_LIMIT:
        raise AmountInvalid("the amount does not fit into 256 bits")
    return amount


def _fault(text: str) -> str:
    if text.startswith("-"):
        return f"{foreign(text)} is negative"
    if "," in text or "'" in text or "_" in text:
        return f"{foreign(text)} has thousands separators"
    if "e" in text.lower():
        return f"{foreign(text)} has an exponent"
    return f"'{foreign(text)}' is not an amount"


def decimal_text(amount: int, decimals: int) -> str:
    """Write base units as an exact plain decimal, without superfluous zeros: 150000000 → `1.5`."""
    whole, fraction = divmod(amount, 10**decimals)
    digits = f"{fraction:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{whole}.{digits}" if digits else f"{whole}"


def amount_text(amount: int, decimals: int, symbol: str) -> str:
    """Write an amount for people, with the exact figure: `1.5 BTC (150,000,000 base units)`."""
    whole, _, fraction = decimal_text(amount, decimals).partition(".")
    spoken = f"{int(whole):,}" + (f".{fraction}" if fraction else "")
    return f"{spoken} {symbol} ({amount:,} base units)"
