"""Questions that several errands ask: which signer, which passphrase, which word."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from appliance.errors import WrongPassphrase
from appliance.model.text import literal
from appliance.tui.glyphs import sentence
from appliance.tui.screens.question import Asking, Question, anything, typed_word
from appliance.tui.stage import Stage

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class People:
    """Signers to choose from; `done` maps those who are through to what they did."""

    names: tuple[str, ...]
    done: dict[str, str]

    def listed(self) -> tuple[str, ...]:
        """Return a numbered line for everyone."""
        widest = max((len(literal(name)) for name in self.names), default=0)
        return tuple(
            f"{number:>3}  {literal(name):<{widest}}{self._mark(name)}"
            for number, name in enumerate(self.names, 1)
        )

    def _mark(self, name: str) -> str:
        return f"   ✓ {self.done[name]}" if name in self.done else ""

    def check(self, text: str) -> str | None:
        """Take the number of someone who is not through yet."""
        name = self.numbered(text)
        if name is None:
            return f"Type a number from 1 to {len(self.names)}."
        if name in self.done:
            return f"{literal(name)}: {self.done[name]} already. Another signer must come."
        return None

    def numbered(self, text: str) -> str | None:
        """Return who has this number."""
        digits = text.strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 3):
            return None
        number = int(digits)
        return self.names[number - 1] if 1 <= number <= len(self.names) else None


async def ask(stage: Stage, asking: Asking) -> str | None:
    """Return what was typed, or None if the person left."""
    typed = await stage.show(Question(asking))
    return typed if isinstance(typed, str) else None


async def choose_signer(
    stage: Stage, heading: str, told: tuple[str, ...], people: People
) -> str | None:
    """Return the name of the signer who steps up, or None."""
    lines = (*told, "", *people.listed())
    asked = Asking(heading, lines, "Who are you? Type your number.", people.check)
    typed = await ask(stage, asked)
    return None if typed is None else people.numbered(typed)


@dataclass(frozen=True, slots=True)
class Act:
    """What a signer does with their passphrase; `word`, if any, is typed last."""

    heading: str
    name: str
    doing: str
    told: tuple[str, ...] = ()
    word: str = ""


async def with_passphrase(stage: Stage, act: Act, call: Callable[[str], Result]) -> Result | None:
    """Ask for the passphrase, then the word, and return the desk's answer; None if they leave.

    `call` gets the passphrase. A wrong one is explained and asked for again.
    """
    told = (
        f"{literal(act.name)}, only you type here, and nobody watches the keyboard.",
        "Every character shows as a star. Upper and lower case matter.",
    )
    asking = Asking(act.heading, told, "Your passphrase:", anything, masked=True)
    while True:
        passphrase = await ask(stage, asking)
        if passphrase is None:
            return None
        if act.word and not await confirm(stage, act.heading, act.told, act.word):
            return None
        try:
            return await stage.ask_desk(act.doing, partial(call, passphrase))
        except WrongPassphrase as error:
            asking = asking.again(f"{sentence(error.what)} {error.next}")


async def confirm(stage: Stage, heading: str, told: tuple[str, ...], word: str) -> bool:
    """Return whether the person typed the word in full."""
    check = typed_word(word)
    typed = await ask(stage, Asking(heading, told, f"Type the word {word} and press Enter.", check))
    return typed is not None
