"""Money in the database: exact to 2^256, in the order of amounts."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from online_coordinator.amounts import AMOUNT_LIMIT
from online_coordinator.fields import BaseUnitsField
from online_coordinator.requests.models import Withdrawal
from tests.online_coordinator.desk import Desk, eth_row

AMOUNTS = st.integers(0, AMOUNT_LIMIT - 1)
FIELD = BaseUnitsField()


@given(AMOUNTS, AMOUNTS)
def test_texts_are_ordered_as_amounts_are(one: int, other: int) -> None:
    texts = FIELD.get_prep_value(one), FIELD.get_prep_value(other)
    assert texts[0] is not None
    assert texts[1] is not None
    assert (texts[0] < texts[1]) == (one < other)
    assert FIELD.from_db_value(texts[0]) == one


@pytest.mark.parametrize("value", [-1, AMOUNT_LIMIT, 1.0, True, "1.5", "-1", "\u0661", b"1", ""])
def test_refuses_what_is_not_a_whole_amount(value: Any) -> None:
    with pytest.raises(ValidationError):
        FIELD.get_prep_value(value)


def test_the_largest_amount_survives_the_database(desk: Desk) -> None:
    desk.ask(eth_row(1), eth_row(2))
    Withdrawal.objects.filter(identifier="W-2").update(amount=AMOUNT_LIMIT - 1)
    assert Withdrawal.objects.get(amount__gt=10**60).amount == AMOUNT_LIMIT - 1
    assert [each.identifier for each in Withdrawal.objects.order_by("-amount")] == ["W-2", "W-1"]
