"""The questions by which people set up a data volume: passphrases, and how many officers."""

import re

from airlock_os.screen import ask, show
from appliance.custody.sealing import LEAST_CHARACTERS
from appliance.custody.shares import Quorum
from appliance.errors import ApprovalError

SHORTEST = 16
NOBODY = "none"
_QUORUM = re.compile(r" *([0-9]{1,2}) +of +([0-9]{1,2}) *")


def custodians_passphrase(heading: str) -> str:
    """Have the custodian choose the data volume's passphrase."""
    rule = f"Its passphrase has at least {SHORTEST} characters, and opens no key of the HSM."
    return _chosen(heading, SHORTEST, (rule, "Its custodian types it; nobody watches."))


def officers_passphrases(heading: str, quorum: Quorum) -> tuple[str, ...]:
    """Have each officer choose a passphrase, in the order of their numbers."""
    return tuple(
        _officers(heading, number, quorum.holders) for number in range(1, quorum.holders + 1)
    )


def recovery_quorum(heading: str) -> Quorum | None:
    """Ask how many of how many officers open the volume without this TPM; None for nobody."""
    said = ""
    while True:
        show(
            heading,
            f"{said}If this machine's TPM is ever lost, cleared or changed, recovery officers open "
            "the data volume together, and nobody else can.",
            f"Type how many of how many, 2 of 3 for instance. {NOBODY}: the data volume is lost "
            "with this machine's TPM.",
        )
        typed = ask("Recovery officers: ")
        if typed.strip() == NOBODY:
            return None
        try:
            return _quorum(typed)
        except ApprovalError as problem:
            said = f"{str(problem)[:1].upper()}{str(problem)[1:]}. "


def _quorum(typed: str) -> Quorum:
    match = _QUORUM.fullmatch(typed)
    if match is None:
        raise ApprovalError("That is not like 2 of 3")
    return Quorum(int(match[1]), int(match[2]))


def _officers(heading: str, number: int, holders: int) -> str:
    rule = f"a passphrase of at least {LEAST_CHARACTERS} characters; nobody watches."
    note = f"Note that you are number {number}. You are asked for both when this TPM is gone."
    told = (f"Recovery officer {number} of {holders}: type {rule}", note)
    return _chosen(heading, LEAST_CHARACTERS, told)


def _chosen(heading: str, shortest: int, told: tuple[str, ...]) -> str:
    said = ""
    while True:
        show(heading, f"{said}{told[0]}", *told[1:])
        first = ask("New passphrase: ", mask="*")
        if len(first) < shortest:
            said = "That was too short. "
        elif first != ask("The same again: ", mask="*"):
            said = "The two were not the same. "
        else:
            return first
