"""What reaches the glass: glyphs that the console font holds, colours that stay legible."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.color import Color, ColorSystem
from rich.segment import Segment

from appliance.tui.glyphs import GLYPHS, paintable, sentence
from appliance.tui.widgets.banner import MEANS
from appliance.wire.terms import Realm
from tests.appliance.tui.driving import SIZES, Person, at
from tests.appliance.tui.scenes import SCENES
from tests.appliance.tui.simulated_desk import OPEN, SimulatedDesk

VGA = [
    *[(0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0)],
    *[(0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)],
]
"""The eight colours of a Linux console; with a font of 512 glyphs the bright ones are the same."""
LEGIBLE = 3.0
"""WCAG 2.2's least contrast for large text. A console's letters are large, and words say it all."""


SHOWING_EVERY_GLYPH = (
    *("idle_closed", "idle_interrupted", "session_passphrase", "receive", "review_overview"),
    *("review_all_seen", "refused", "release"),
)


def segments(person: Person) -> list[Segment]:
    return [one for strip in person.app.screen._compositor.render_strips() for one in strip]


def foreign(person: Person) -> set[str]:
    text = "".join(segment.text for segment in segments(person))
    return {glyph for glyph in text if not " " <= glyph <= "~"}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", SCENES)
async def test_every_screen_can_be_read_on_a_console(name: str, size: tuple[int, int]) -> None:
    async with at(SCENES[name].desk(), size) as person:
        await SCENES[name].walk(person)
        assert foreign(person) <= set(GLYPHS)
        for segment in segments(person):
            if segment.text.strip():
                assert contrast(*colours(segment)) >= LEGIBLE, (segment.text, segment.style)
        realm = person.app.standing.realm
        assert person.says(realm.value.upper() if realm else "NO REALM")
        shown = [one.binding for one in person.app.screen.active_bindings.values()]
        for binding in shown:
            assert not binding.show or person.says(f"{binding.key_display} {binding.description}")
        assert shown or name == "signing"


async def test_no_glyph_is_asked_of_the_font_in_vain() -> None:
    seen: set[str] = set()
    for name in SHOWING_EVERY_GLYPH:
        async with at(SCENES[name].desk()) as person:
            await SCENES[name].walk(person)
            seen |= foreign(person)
    assert seen == set(GLYPHS)


async def test_realms_are_told_apart_in_eight_colours() -> None:
    grounds = []
    for realm in Realm:
        async with at(SimulatedDesk(replace(OPEN, realm=realm))) as person:
            assert person.says(MEANS[realm], "Appliance 7c1e 09ab")
            name = next(one for one in segments(person) if realm.value.upper() in one.text)
            grounds.append(list(colours(name))[1])
    assert len(set(grounds)) == len(Realm)
    assert VGA[0] not in grounds


def colours(segment: Segment) -> Iterator[tuple[int, int, int]]:
    assert segment.style is not None
    pair = [segment.style.color, segment.style.bgcolor]
    if segment.style.reverse:
        pair.reverse()
    for colour in pair:
        assert isinstance(colour, Color)
        number = colour.downgrade(ColorSystem.STANDARD).number
        assert number is not None
        yield VGA[number % 8]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: tuple[int, int, int]) -> float:
    shares = (value / 255 for value in colour)
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_that_is_literal_already_is_painted_as_it_is() -> None:
    assert paintable(r"a \\ \u{202e} b") == r"a \\ \u{202e} b"
    assert paintable("a\x1b[31m\u202e") == r"a\u{1b}[31m\u{202e}"


def test_errors_are_said_in_sentences() -> None:
    assert sentence("the HSM is gone") == "The HSM is gone."
    assert sentence("Already a sentence.") == "Already a sentence."
