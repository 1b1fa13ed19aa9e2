"""Signers at the terminal, by key strokes: they read the screen, and answer what it asks."""

import re
import time

from tests.journeys.terminal import Terminal

PEOPLE = {
    "Ada": "lantern orbit maple quiet seven",
    "Ben": "copper glacier window patient tide",
    "Cho": "violet harbour thunder loyal bread",
}
"""The signers of the demonstration and their passphrases, which are secret nowhere else."""

QUESTION = re.compile(
    r"Transaction ([\d,]+): type group (\d+) of (?:the )?destination(?: ([\d,]+))?"
)
ADDRESS = re.compile(r"^\s*address +((?:\S{1,4} )*\S{1,4})\s*$", re.MULTILINE)
DIGEST = re.compile(r"^\s*Digest +([0-9a-f]{64})\s*$", re.MULTILINE)


def found(terminal: Terminal, transport_pin: str) -> str:
    """Read the proposal on screen, enrol everybody and found; the words of the announcement."""
    read_all(terminal)
    words = _words(terminal)
    terminal.press("f8")
    terminal.wait_for("The words agree")
    terminal.enter(" ".join(words[:2]) + "\r")
    for number, (name, passphrase) in enumerate(PEOPLE.items(), 1):
        terminal.wait_for(f"Enrol signer {number} of")
        terminal.enter(name + "\r")
        terminal.wait_for("Choose your passphrase")
        terminal.enter(passphrase + "\r")
        terminal.wait_for("same passphrase again")
        terminal.enter(passphrase + "\r")
    terminal.wait_for("transport PIN:", 60)
    terminal.enter(transport_pin + "\r")
    terminal.wait_for("The appliance is founded", 180)
    return " ".join(_words(terminal))


def open_session(terminal: Terminal) -> None:
    """Two signers give their shares."""
    terminal.press("f2")
    for number, name in enumerate(list(PEOPLE)[:2], 1):
        terminal.wait_for(f"signer {number} of 2")
        terminal.enter(f"{number}\r")
        terminal.wait_for("Your passphrase:")
        terminal.enter(PEOPLE[name] + "\r")
    terminal.wait_for("The session is open", 60)


def read_all(terminal: Terminal) -> list[str]:
    """Read every page to its end; the digests that stand on them."""
    seen: list[str] = []
    while True:
        shown = terminal.text()
        seen += [digest for digest in DIGEST.findall(shown) if digest not in seen]
        if re.search(r"✓ Every page was seen", shown):
            return seen
        terminal.write(b" ")
        terminal.wait_for_change(shown)


def approve_and_sign(terminal: Terminal) -> None:
    """Two signers prove that they read the sheet, and approve it."""
    terminal.press("f8")
    for number, name in enumerate(list(PEOPLE)[:2], 1):
        terminal.wait_for(f"approval {number} of 2")
        terminal.enter(f"{number}\r")
        answer(terminal)
        terminal.wait_for("Your passphrase:")
        terminal.enter(PEOPLE[name] + "\r")
        terminal.wait_for("Type the word approve")
        terminal.enter("approve\r")
    terminal.wait_for("Signatures of", 120)


def answer(terminal: Terminal) -> None:
    """Answer the question about the sheet, after looking the place up again."""
    asked = terminal.wait_for(QUESTION.pattern)
    group, which = int(asked[2]), int((asked[3] or "1").replace(",", ""))
    terminal.press("f3")
    terminal.wait_for("Back to the question")
    addresses: list[str] = []
    while len(addresses) < which:
        shown = terminal.text()
        addresses += [a for a in ADDRESS.findall(shown) if a not in addresses]
        if len(addresses) < which:
            terminal.write(b" ")
            terminal.wait_for_change(shown)
    terminal.press("f3")
    terminal.wait_for(QUESTION.pattern)
    terminal.enter(addresses[which - 1].split()[group - 1] + "\r")


def send_by_serial(terminal: Terminal) -> None:
    """Send what is on screen over the cable, and go back."""
    terminal.press("f4")
    terminal.wait_for("coordinator confirmed", 120)
    done(terminal)


def slow_down(terminal: Terminal) -> None:
    """Have the code change five times a second, for a camera that does not keep up with more."""
    terminal.write(b"-" * 10)
    terminal.wait_for("5 frames a second|shown still")


def done(terminal: Terminal) -> None:
    """Leave the code on screen."""
    terminal.press("escape")
    terminal.wait_for("How things stand")


def close_and_quit(terminal: Terminal) -> None:
    """Close the session and end the terminal."""
    if re.search("F8 *Close session", terminal.text()):
        terminal.press("f8")
        terminal.wait_for("The session is closed", 30)
    terminal.press("f10")
    terminal.wait_for("Type the word quit")
    terminal.enter("quit\r")
    terminal.wait(30)


def _words(terminal: Terminal) -> list[str]:
    """The words on screen, as soon as two looks at them agree."""
    before: list[str] = []
    for _ in range(100):
        beside_code = [re.split("[▀▄█]", line)[0] for line in terminal.text().splitlines()]
        shown = " ".join(line.strip(" │") for line in beside_code)
        match = re.search(r"Words: ((?:[a-z]+ +){12}[a-z]+)", shown)
        words = match[1].split() if match else []
        if words and words == before:
            return words
        before = words
        time.sleep(0.1)
    raise TimeoutError(f"no words on the screen:\n{terminal.text()}")
