"""What is typed, as the keys of a keyboard with the layout of the United States."""

from collections.abc import Iterator

Chord = tuple[str, ...]
"""QEMU's names of keys that are pressed together."""

_PLAIN = {
    " ": "spc", "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right",
    ";": "semicolon", "'": "apostrophe", "`": "grave_accent", "\\": "backslash", ",": "comma",
    ".": "dot", "/": "slash", "\r": "ret", "\n": "ret",
    "\t": "tab", "\x1b": "esc", "\x7f": "backspace",
}  # fmt: skip
_SHIFTED = {
    "_": "-", "+": "=", "{": "[", "}": "]", ":": ";", '"': "'", "~": "`", "|": "\\", "<": ",",
    ">": ".", "?": "/", "!": "1", "@": "2", "#": "3", "$": "4", "%": "5", "^": "6", "&": "7",
    "*": "8", "(": "9", ")": "0",
}  # fmt: skip
NAMED = {
    "enter": "ret",
    "escape": "esc",
    "page_down": "pgdn",
    "page_up": "pgup",
    **{name: name for name in ("tab", "up", "down", "left", "right")},
    **{f"f{number}": f"f{number}" for number in range(1, 13)},
}
"""Keys by the names that the journeys use."""


def chords(text: str) -> Iterator[Chord]:
    """Yield what is pressed for each character. Raises ValueError for one that is on no key."""
    for character in text:
        if character in _SHIFTED:
            yield ("shift", _key(_SHIFTED[character]))
        elif character.isascii() and character.isupper():
            yield ("shift", character.lower())
        else:
            yield (_key(character),)


def _key(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    if character.isascii() and character.isalnum():
        return character
    raise ValueError(f"no key types {character!r}")
