from hypothesis import given
from hypothesis import strategies as st

from appliance.model.batch import SheetLine
from appliance.tui.widgets.sheet import label_width, lay_out, wrap

printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=400)
widths = st.integers(1, 120)


@given(printable, widths)
def test_no_row_is_wider_than_it_may_be(text: str, width: int) -> None:
    assert all(len(piece) <= width for piece in wrap(text, width))


@given(printable, widths)
def test_wrapping_keeps_every_character_but_spaces(text: str, width: int) -> None:
    assert "".join(wrap(text, width)).replace(" ", "") == text.replace(" ", "")


@given(st.lists(st.tuples(printable, printable), max_size=5), st.integers(5, 120))
def test_rows_hold_every_label_and_value_within_the_width(
    texts: list[tuple[str, str]], width: int
) -> None:
    lines = tuple(SheetLine(label, value) for label, value in texts)
    rows = tuple(lay_out(lines, width))
    left = label_width(lines, width)
    assert all(len(row.label) <= max(1, left) for row in rows)
    assert all(len(row.value) <= max(1, width - left - 2) for row in rows)
    labels = "".join(row.label for row in rows).replace(" ", "")
    assert labels == "".join(label for label, _ in texts).replace(" ", "")


def test_indentation_is_kept() -> None:
    assert wrap("  address", 20) == ["  address"]


def test_addresses_break_between_their_groups() -> None:
    pieces = wrap("bcrt 1qw5 08d6 qejx", 12)
    assert pieces == ["bcrt 1qw5", "08d6 qejx"]
