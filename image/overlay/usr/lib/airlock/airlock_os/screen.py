"""What people see and type before the terminal is there: plain text, one screen at a time."""

import os
import sys
import termios
import textwrap
from dataclasses import dataclass

COLUMNS = 76
MAX_TYPED = 256
_CLEAR = "\x1b[0m\x1b[2J\x1b[H"
_DARK_ON_LIGHT, _PLAIN = "\x1b[0;30;47m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that people must see to: its name in words, what it is, and the next step."""

    id: str
    what: str
    next: str


def show(heading: str, *paragraphs: str) -> None:
    """Clear the screen and write on it. Anything but printable ASCII is spelled out."""
    _take_keyboard()
    lines = ["", "  AIRLOCK", "", f"  {_printable(heading)}", ""]
    for paragraph in paragraphs:
        lines += [f"  {line}" for line in textwrap.wrap(_printable(paragraph), COLUMNS)]
        lines.append("")
    sys.stdout.write(_CLEAR + "\r\n".join(lines) + "\r\n")
    sys.stdout.flush()


def paint(heading: str, picture: tuple[str, ...]) -> None:
    """Clear the screen and paint lines on it, dark on light, under a heading of one line."""
    _take_keyboard()
    painted = (f"  {_DARK_ON_LIGHT}{line}{_PLAIN}\r\n" for line in picture)
    text = f"{_CLEAR}  {_printable(heading)}\r\n\r\n{''.join(painted)}"
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.flush()


def show_notice(notice: Notice) -> None:
    """Show what people must see to."""
    show(notice.id, notice.what, f"Next: {notice.next}")


def wait_for_enter(purpose: str) -> None:
    """Wait until Enter is pressed."""
    ask(f"Press Enter {purpose}. ", mask="")


def ask(question: str, mask: str | None = None) -> str:
    """Return the line that is typed; each character shows as `mask`, or as itself if None.

    What was typed before the question is forgotten. Only printable ASCII counts, up to MAX_TYPED
    characters. Raises EOFError when the screen is gone.
    """
    _take_keyboard()
    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    sys.stdout.write(f"  {question}")
    sys.stdout.flush()
    typed = _typed(sys.stdin.fileno(), mask)
    sys.stdout.write("\r\n")
    sys.stdout.flush()
    return typed


def _take_keyboard() -> None:
    """Show nothing that is typed, and let no key end or stop the program.

    The service manager gives the screen back as it was.
    """
    keyboard = sys.stdin.fileno()
    if not os.isatty(keyboard):
        return
    mode = termios.tcgetattr(keyboard)
    mode[0] &= ~(termios.IXON | termios.ICRNL)
    mode[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(keyboard, termios.TCSADRAIN, mode)


def _typed(keyboard: int, mask: str | None) -> str:
    typed = ""
    while True:
        key = os.read(keyboard, 1)
        if not key:
            raise EOFError
        if key in b"\r\n":
            return typed
        if key in b"\x7f\x08":
            if typed and mask != "":
                sys.stdout.write("\b \b")
            typed = typed[:-1]
        elif b" " <= key <= b"~" and len(typed) < MAX_TYPED:
            typed += key.decode("ascii")
            sys.stdout.write(key.decode("ascii") if mask is None else mask)
        sys.stdout.flush()


def _printable(text: str) -> str:
    return "".join(c if " " <= c <= "~" else f"\\u{{{ord(c):x}}}" for c in text)
