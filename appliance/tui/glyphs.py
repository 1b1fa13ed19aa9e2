"""What may be painted: printable ASCII and these glyphs, which the console font must hold."""

from appliance.model.text import literal

GLYPHS = "─│┌┐└┘▀▄█░✓✗⚠●○►▼"
"""Every glyph beyond ASCII that a screen paints. The image generates its console font from it."""


def paintable(text: str) -> str:
    r"""Return `text` with everything but printable ASCII spelled out as `\u{…}`.

    Text that `appliance.model.text.literal` made is returned unchanged, so that a review sheet is
    painted exactly as it was digested.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if " " <= character <= "~" else f"\\u{{{ord(character):x}}}" for character in text
    )


def sentence(what: str) -> str:
    """Return what an error says as a sentence, literally."""
    text = literal(what)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
