from hypothesis import given
from hypothesis import strategies as st

from appliance.model.text import grouped
from appliance.tui.challenge import Challenge, draw_challenge
from tests.appliance.tui.driving import last
from tests.appliance.tui.simulated_desk import ADDRESSES, WORDS, batch_of, overview, sheet_of

draws = st.lists(st.integers(0, 1 << 32), min_size=3, max_size=3)


def drawn(numbers: list[int], transactions: int) -> Challenge:
    left = iter(numbers)
    sheet = batch_of(transactions)
    return draw_challenge(sheet.sheet, sheet.words, lambda below: next(left) % below)


@given(draws, st.integers(1, 5))
def test_asks_for_a_whole_group_that_stands_on_the_page(
    numbers: list[int], transactions: int
) -> None:
    challenge = drawn(numbers, transactions)
    address = batch_of(transactions).sheet.sections[challenge.section].destinations[0]
    assert len(challenge.answer) == 4
    assert challenge.answer in grouped(address).split()
    assert f"Transaction {challenge.section}:" in challenge.question
    assert address not in challenge.question
    assert challenge.answer not in challenge.question


@given(draws)
def test_never_asks_for_the_first_group(numbers: list[int]) -> None:
    challenge = drawn(numbers, 4)
    assert "group 1 " not in challenge.question


def test_takes_the_answer_only() -> None:
    challenge = Challenge(1, "?", "", "a1B2", caseless=False)
    assert challenge.is_answer(" a1B2 ")
    assert not challenge.is_answer("a1b2")
    assert not challenge.is_answer("a1B")
    assert not challenge.is_answer("")


def test_ignores_case_where_the_address_does() -> None:
    sheet = batch_of(1)
    challenge = draw_challenge(sheet.sheet, sheet.words, last)
    assert ADDRESSES[1].startswith("0x")
    assert challenge.is_answer(challenge.answer.swapcase())


def test_names_the_destination_where_there_are_several() -> None:
    first, *_ = batch_of(1).sheet.sections[1:]
    section = type(first)(first.title, first.lines, ADDRESSES[:2])
    sheet = sheet_of((overview(1), section))
    challenge = draw_challenge(sheet.sheet, sheet.words, last)
    assert "destination 2 of 2" in challenge.question


def test_asks_for_a_word_where_nothing_is_paid_out() -> None:
    sheet = sheet_of((overview(0),))
    challenge = draw_challenge(sheet.sheet, sheet.words, last)
    assert challenge.question == f"Type word {len(WORDS)} of the sheet's words."
    assert challenge.is_answer(WORDS[-1])
