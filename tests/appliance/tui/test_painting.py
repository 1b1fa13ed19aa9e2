"""What reaches the glass: glyphs that the console font holds, colours that stay legible."""

from collections.abc import Iterator

import pytest
from rich.color import Color, ColorSystem
from rich.segment import Segment

from appliance.tui.glyphs import GLYPHS, paintable, sentence
from tests.appliance.tui.driving import SIZES, Person, at
from tests.appliance.tui.scenes import SCENES

VGA = [
    *[(0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0)],
    *[(0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)],
]
"""The eight colours of a Linux console; with a font of 512 glyphs the bright ones are the same."""
LEGIBLE = 3.0
"""WCAG 2.2's least contrast for large text. A console's letters are large, and words say it all."""


async def painted(person: Person, name: str) -> list[Segment]:
    await SCENES[name].walk(person)
    strips = person.app.screen._compositor.render_strips()
    return [segment for strip in strips for segment in strip]


async def test_screens_paint_these_glyphs_and_no_others() -> None:
    seen: set[str] = set()
    for name, scene in SCENES.items():
        async with at(scene.desk()) as person:
            text = "".join(segment.text for segment in await painted(person, name))
        foreign = {one for one in text if not " " <= one <= "~"} - {"\n"}
        assert foreign <= set(GLYPHS), name
        seen |= foreign
    assert seen == set(GLYPHS)


@pytest.mark.parametrize("name", SCENES)
async def test_every_text_stays_legible_in_eight_colours(name: str) -> None:
    async with at(SCENES[name].desk()) as person:
        segments = await painted(person, name)
    for segment in segments:
        if segment.text.strip():
            assert contrast(*colours(segment)) >= LEGIBLE, (segment.text, segment.style)


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


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCENES)
async def test_every_screen_shows_its_realm_and_its_keys(name: str, size: tuple[int, int]) -> None:
    async with at(SCENES[name].desk(), size) as person:
        await SCENES[name].walk(person)
        realm = person.app.standing.realm
        assert person.says(realm.value.upper() if realm else "NO REALM")
        shown = [one.binding for one in person.app.screen.active_bindings.values()]
        for binding in shown:
            assert not binding.show or person.says(f"{binding.key_display} {binding.description}")
        assert shown or name == "signing"


def test_text_that_is_literal_already_is_painted_as_it_is() -> None:
    assert paintable(r"a \\ \u{202e} b") == r"a \\ \u{202e} b"
    assert paintable("a\x1b[31m\u202e") == r"a\u{1b}[31m\u{202e}"


def test_errors_are_said_in_sentences() -> None:
    assert sentence("the HSM is gone") == "The HSM is gone."
    assert sentence("Already a sentence.") == "Already a sentence."
