"""Untrusted text made literal: what people see is exactly what is there, and controls nothing."""

GROUP = 4


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
