"""Exact amounts: text ↔ base units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from online_coordinator.amounts import AMOUNT_LIMIT, amount_text, base_units, decimal_text
from online_coordinator.errors import AmountInvalid


@given(st.integers(1, AMOUNT_LIMIT - 1), st.integers(0, 36))
def test_every_amount_is_written_and_read_back_exactly(amount: int, decimals: int) -> None:
    assert base_units(decimal_text(amount, decimals), decimals) == amount


@pytest.mark.parametrize(
    ("text", "decimals", "amount"),
    [
        ("1", 8, 100_000_000),
        ("0.00000001", 8, 1),
        ("1.50", 8, 150_000_000),
        ("0.1", 18, 10**17),
        ("123456789012345678.123456789012345678", 18, 123456789012345678123456789012345678),
        ("7", 0, 7),
    ],
)
def test_reads_plain_decimals_to_the_last_digit(text: str, decimals: int, amount: int) -> None:
    assert base_units(text, decimals) == amount


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,000", "thousands separators"),
        ("1'000", "thousands separators"),
        ("1_000", "thousands separators"),
        ("1e3", "exponent"),
        ("1E-3", "exponent"),
        ("-1", "negative"),
        ("0", "zero"),
        ("0.000000", "zero"),
        ("0.000000001", "9 decimals"),
        ("+1", "not an amount"),
        (".5", "not an amount"),
        ("5.", "not an amount"),
        ("007", "not an amount"),
        (" 1", "not an amount"),
        ("1 ", "not an amount"),
        ("0x10", "not an amount"),
        ("NaN", "not an amount"),
        ("Infinity", "not an amount"),
        ("\u0661", "not an amount"),
        ("", "not an amount"),
        ("1.2.3", "not an amount"),
    ],
)
def test_refuses_anything_that_is_not_a_plain_decimal(text: str, says: str) -> None:
    with pytest.raises(AmountInvalid, match=says):
        base_units(text, 8)


def test_refuses_what_does_not_fit_into_256_bits() -> None:
    assert base_units(str(AMOUNT_LIMIT - 1), 0) == AMOUNT_LIMIT - 1
    with pytest.raises(AmountInvalid, match="256 bits"):
        base_units(str(AMOUNT_LIMIT), 0)
    with pytest.raises(AmountInvalid):
        base_units("9" * 100_000, 0)


def test_writes_an_amount_for_people_with_its_exact_figure() -> None:
    assert amount_text(123_450_000_000, 8, "BTC") == "1,234.5 BTC (123,450,000,000 base units)"
