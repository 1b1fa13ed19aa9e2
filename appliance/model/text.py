"""Untrusted text made literal: what people see is exactly what is there, and controls nothing.

`judge_text` is the public text rule: what a label or memo must be for people to read it aright. It
knows the characters of the Unicode version that this interpreter comes with; later ones are
unassigned to it, and refused.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import groupby, islice

from appliance.model.rule import Rule, attention, refusal
from appliance.wire.messages import Finding

GROUP = 4
MAX_SPELLED = 4000
"""Characters that a line of a review sheet holds, once they are spelled out."""
MAX_SHOWN = 64
"""Characters of a text that fit a line; in cells of a terminal it is at most twice as wide."""
MAX_CHARACTERS = 1024
"""Characters beyond which a text would push everything else off the screen."""
MAX_FINDINGS = 8
"""Findings of one severity about one text."""

_JOINERS = "\u200c\u200d"
_INVISIBLE_MARKS = "\u034f\u17b4\u17b5"
_REFUSED_CATEGORIES = {
    "Cc": "is a control character",
    "Cf": "is invisible, and can hide or reorder text",
    "Zl": "breaks the line",
    "Zp": "breaks the line",
    "Cn": "is no character that everybody reads alike",
    "Co": "is no character that everybody reads alike",
}
_KEYCAP = "\u20e3"
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
_TALL_STACK, _MANY_MARKS = 2, 8
_LOOKALIKE_SCRIPTS = frozenset(
    {"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE", "LISU", "DESERET"}
)
_LATIN_LOOKALIKES = frozenset("АВЕЗІЈКМНОРСТУХЅԌԍԚԛԜԝаеорсухіјѕһԁӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαονρικυχՕՍԼօսցհոզյ")
"""Letters of Cyrillic, Greek and Armenian that are drawn like one of Latin."""
_MARKUP = (
    (re.compile(r"\[/?[a-z#@/][^\[\]]{0,60}\]|\[/\]"), "the markup of a console"),
    (re.compile(r"<[/!?]?[a-zA-Z]|&(?:#x?)?[0-9a-zA-Z]{2,8};"), "the markup of a page"),
    (re.compile(r"\[[0-9;?]{1,12}[A-Za-z]"), "the rest of a terminal's control sequence"),
    (re.compile(r"\\(?:x1[bB]|033|e|u001[bB])\[?"), "the escape of a terminal's control sequence"),
)


def literal(text: str) -> str:
    r"""Return `text` with everything but printable ASCII spelled out as `\u{…}`.

    So no escape sequence, line break, direction mark, zero-width character or look-alike letter
    reaches a screen as anything but its code point (R-51). Backslashes are doubled, which makes the
    spelling one-to-one.
    """
    return "".join(_literal(character) for character in text)


def _literal(character: str) -> str:
    if character == "\\":
        return "\\\\"
    return character if " " <= character <= "~" else f"\\u{{{ord(character):x}}}"


def grouped(address: str) -> str:
    """Return a whole address in groups of four, never cut and with no end emphasised."""
    return " ".join(address[at : at + GROUP] for at in range(0, len(address), GROUP))


def judge_text(text: bytes) -> tuple[Finding, ...]:
    """Judge a label or memo by the public text rule; no finding means that it reads as it is.

    Refused is what hides, reorders or controls text, or is no text. Attention is for what is
    written rightly in some language or place, and also serves to deceive. The messages name code
    points and positions (from 1) and quote nothing. Takes time in proportion to the bytes.
    """
    try:
        characters = text.decode("utf-8")
    except UnicodeDecodeError as error:
        return (refusal(Rule.TEXT_UNSAFE, f"byte {error.start + 1} is not UTF-8"),)
    if len(characters) > MAX_CHARACTERS:
        length = f"{len(characters):,} characters are more than {MAX_CHARACTERS:,}"
        return (refusal(Rule.TEXT_UNSAFE, length),)
    refused = islice(_refusals(characters), MAX_FINDINGS)
    doubtful = islice(_attentions(characters), MAX_FINDINGS)
    return (
        *(refusal(Rule.TEXT_UNSAFE, message) for message in refused),
        *(attention(Rule.TEXT_UNSAFE, message) for message in doubtful),
    )


def judge_memo(memo: bytes, where: str) -> Iterator[Finding]:
    """Ask for attention where a memo does not read as it stands; it pays nobody by what it says.

    Printable ASCII always does, since it is shown literally.
    """
    if memo and memo.isascii() and memo.decode("ascii").isprintable():
        return
    for finding in judge_text(memo):
        yield attention(Rule.TEXT_UNSAFE, f"the memo: {finding.message}", where)


def memo_text(memo: bytes) -> str:
    """Return a memo as text, or in hex where it is none (UTF-8) or takes too long to spell out."""
    try:
        text = memo.decode()
    except UnicodeDecodeError:
        text = ""
    fits = len(literal(text)) <= MAX_SPELLED
    return text if fits and (text or not memo) else f"hex {memo.hex()}"


def _named(text: str, at: int) -> str:
    """Name a character of a text by its code point and position."""
    name = unicodedata.name(text[at], "")
    return f"U+{ord(text[at]):04X}{f' {name}' if name else ''} at character {at + 1}"


def _refusals(text: str) -> Iterator[str]:
    for at, character in enumerate(text):
        why = None if character.isascii() and character.isprintable() else _why_refused(text, at)
        if why:
            yield f"{_named(text, at)} {why}"
    for at, marks in _stacks(text):
        if marks > _MANY_MARKS:
            yield f"{marks} marks are stacked behind character {at}"


def _why_refused(text: str, at: int) -> str | None:
    character = text[at]
    category = unicodedata.category(character)
    if category in _REFUSED_CATEGORIES and character not in _JOINERS:
        return _REFUSED_CATEGORIES[category]
    if character in _INVISIBLE_MARKS:
        return "is invisible"
    if _is_selector(character) and at and _is_selector(text[at - 1]):
        return "follows another variation selector: a run of them carries hidden data"
    return None


def _is_selector(character: str) -> bool:
    return (
        "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
        or character in "\u180b\u180c\u180d\u180f"
    )


def _stacks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where runs of combining marks stand, from 0, and how many marks they are."""
    for is_mark, run in groupby(enumerate(text), lambda each: _is_mark(each[1])):
        if is_mark:
            positions = [at for at, _ in run]
            yield positions[0], len(positions)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me"} and not _is_selector(character)


def _attentions(text: str) -> Iterator[str]:
    for judge in _DOUBTS:
        yield from judge(text)


def _blank(text: str) -> Iterator[str]:
    if not text.strip():
        yield "the text is empty or blank"


def _length(text: str) -> Iterator[str]:
    if len(text) > MAX_SHOWN:
        yield f"{len(text)} characters are more than {MAX_SHOWN}, which a line shows"


def _spaces(text: str) -> Iterator[str]:
    if text != text.strip(" "):
        yield "the text begins or ends with a space"
    if "  " in text:
        yield f"spaces follow each other from character {text.index('  ') + 1}"
    for at, character in enumerate(text):
        if character != " " and unicodedata.category(character) == "Zs":
            yield f"{_named(text, at)} is a space, but not the usual one"


def _hidden(text: str) -> Iterator[str]:
    for at, character in enumerate(text):
        if character in _JOINERS:
            yield f"{_named(text, at)} is invisible"
        if character in _BLANK_LETTERS:
            yield f"{_named(text, at)} looks blank"
        if _is_selector(character) and not _selects(text, at):
            yield f"{_named(text, at)} is invisible, and follows no symbol that it selects"


def _selects(text: str, at: int) -> bool:
    """Whether a variation selector stands behind a symbol, or within a keycap."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if before in tuple("#*0123456789"):
        return after == _KEYCAP
    return bool(before) and unicodedata.category(before) in {"So", "Sm", "Po"}


def _marks(text: str) -> Iterator[str]:
    if text and _is_mark(text[0]):
        yield f"{_named(text, 0)} is a mark without a letter of its own"
    for at, marks in _stacks(text):
        if _TALL_STACK < marks <= _MANY_MARKS:
            yield f"{marks} marks are stacked behind character {at}"
    if not unicodedata.is_normalized("NFC", text):
        yield "the text is not in its normal form (NFC): what looks alike is written otherwise"


def _markup(text: str) -> Iterator[str]:
    for pattern, what in _MARKUP:
        found = pattern.search(text)
        if found:
            yield f"what stands from character {found.start() + 1} on is {what}"


def _lookalikes(text: str) -> Iterator[str]:
    if text.isascii():
        return
    words = [list(run) for is_word, run in groupby(enumerate(text), _is_in_word) if is_word]
    latin = any(_script(letter) == "LATIN" for letter in text)
    for word in words:
        at, letters = word[0][0], [letter for _, letter in word if letter.isalpha()]
        scripts = sorted({_script(letter) for letter in letters} & _LOOKALIKE_SCRIPTS)
        if len(scripts) > 1:
            names = " and ".join(name.capitalize() for name in scripts)
            yield f"the word from character {at + 1} on mixes letters of {names}"
        elif latin and letters and _LATIN_LOOKALIKES.issuperset(letters):
            yield f"the word from character {at + 1} on only looks as if written in Latin letters"
        if len({_zero(digit) for _, digit in word if digit.isdecimal()}) > 1:
            yield f"the number from character {at + 1} on mixes digits of several scripts"


def _posing(text: str) -> Iterator[str]:
    latin = any(_script(letter) == "LATIN" for letter in text)
    for at, character in enumerate(text):
        if latin and character.isdecimal() and not character.isascii():
            yield f"{_named(text, at)} is a digit of another script than the letters"
        elif _poses_as_ascii(character):
            yield f"{_named(text, at)} passes for another letter or digit"


def _is_in_word(each: tuple[int, str]) -> bool:
    return unicodedata.category(each[1])[0] in "LMN"


def _zero(digit: str) -> int:
    return ord(digit) - unicodedata.decimal(digit)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""


def _poses_as_ascii(character: str) -> bool:
    if character <= "\xff" or unicodedata.category(character)[0] not in "LNS":
        return False
    if "\u0250" <= character <= "\u02af":
        return character != "\u0259"  # the schwa is a letter of Azerbaijani
    plain = unicodedata.normalize("NFKC", character)
    return plain != character and len(plain) == 1 and plain.isascii() and plain.isalnum()


_DOUBTS: tuple[Callable[[str], Iterator[str]], ...] = (
    _blank,
    _length,
    _spaces,
    _hidden,
    _marks,
    _markup,
    _lookalikes,
    _posing,
)
