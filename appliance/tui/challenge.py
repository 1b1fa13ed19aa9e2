"""What a signer is asked, to prove that the sheet was read: a few characters out of its middle."""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.model.batch import ReviewSheet
from appliance.model.text import GROUP

Draw = Callable[[int], int]
"""Return a number below its argument: `secrets.randbelow`, or what a test decides."""

CASELESS = ("0x", "bc1", "tb1", "bcrt1")
"""How the addresses begin whose letters mean the same in either case (EIP-55, BIP-173)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A question about one section of a sheet, and its only answer."""

    section: int
    question: str
    hint: str
    answer: str
    caseless: bool

    def is_answer(self, text: str) -> bool:
        """Return whether `text` is what stands there."""
        given = text.strip()
        if self.caseless:
            return given.lower() == self.answer.lower()
        return given == self.answer


def draw_challenge(sheet: ReviewSheet, words: tuple[str, ...], draw: Draw) -> Challenge:
    """Return a question about a group of a destination, or about a word if nothing is paid out.

    The first group is never asked: for many addresses it is the same. Neither is a last one that
    is cut short. Every transaction, every destination and every other group is equally likely.
    """
    asked = [number for number, section in enumerate(sheet.sections) if section.destinations]
    if not asked:
        return _word(words, draw)
    number = asked[draw(len(asked))]
    destinations = sheet.sections[number].destinations
    which = draw(len(destinations))
    return _group(number, destinations, which, draw)


def _group(number: int, destinations: tuple[str, ...], which: int, draw: Draw) -> Challenge:
    address = destinations[which]
    whole = len(address) // GROUP
    group = draw(whole - 1) + 1 if whole > 1 else 0
    place = "the destination"
    if len(destinations) > 1:
        place = f"destination {which + 1:,} of {len(destinations):,}"
    return Challenge(
        section=number,
        question=f"Transaction {number:,}: type group {group + 1} of {place}.",
        hint="Groups are the blocks of four characters, counted from the left.",
        answer=address[group * GROUP : (group + 1) * GROUP],
        caseless=address.lower().startswith(CASELESS),
    )


def _word(words: tuple[str, ...], draw: Draw) -> Challenge:
    which = draw(len(words))
    return Challenge(
        section=0,
        question=f"Type word {which + 1} of the sheet's words.",
        hint="Nothing in this batch is paid out, so the question is about the sheet's words.",
        answer=words[which],
        caseless=True,
    )
