"""A hostile coordinator at the other end of the cable: it owns the transport key, and tries."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.frame import line_encoder
from appliance.wire.link import run_of_parts, send
from appliance.wire.messages import SigningRequest
from appliance.wire.serial_port import Line, SerialPort
from appliance.wire.statement import StatementType
from tests.journeys.terminal import Terminal

ATTACKER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
REFUSES = re.compile(r"^\s*([A-Z][A-Z-]+) +✗ refuses", re.MULTILINE)


@dataclass(frozen=True)
class Attack:
    """What is done to an approved request, and the rule that must refuse it."""

    name: str
    rule: str
    change: Callable[[SigningRequest], SigningRequest]


def replayed(request: SigningRequest) -> SigningRequest:
    """Ask for the same batch again."""
    return request


def redirected(request: SigningRequest) -> SigningRequest:
    """Pay the last request to somebody else, after both approvals."""
    withdrawals = request.content.withdrawals
    last = replace(withdrawals[-1], destination=ATTACKER)
    content = replace(request.content, withdrawals=(*withdrawals[:-1], last))
    return replace(request, content=content)


def checked_by_the_maker(request: SigningRequest) -> SigningRequest:
    """Offer the maker's signature as the checker's."""
    maker, checker = request.approvals
    return replace(request, approvals=(maker, replace(checker, signature=maker.signature)))


ATTACKS = (
    Attack("replayed batch", "WITHDRAWAL-REPEATED", replayed),
    Attack("destination changed after approval", "APPROVAL-SIGNATURE", redirected),
    Attack("maker's approval replayed as checker's", "APPROVAL-SIGNATURE", checked_by_the_maker),
)


def refusing_rules(terminal: Terminal) -> list[str]:
    """Read the whole list of what refuses, however long it is."""
    terminal.wait_for("✗ refuses")
    rules = REFUSES.findall(terminal.text())
    while "more lines below" in (shown := terminal.text()):
        terminal.write(b" ")
        terminal.wait_for_change(shown)
        rules += REFUSES.findall(terminal.text())
    return rules


@dataclass(frozen=True)
class HostileCoordinator:
    """An attacker who took over the coordinator, with its key and one real request."""

    key: Path
    request: Path
    line: Line

    def present(self, terminal: Terminal, attack: Attack, number: int) -> dict[str, str]:
        """Send the attack to the idle terminal; what its screen says refused it."""
        terminal.press("f4")
        terminal.wait_for("Receive by serial")
        with SerialPort(self.line) as port:
            parts = run_of_parts(line_encoder(self._message(attack, number)))
            if not send(port, parts, back=port):
                raise TimeoutError("the appliance did not take the attack in")
        terminal.wait_for("is REFUSED", 60)
        rules = refusing_rules(terminal)
        terminal.press("escape")
        terminal.wait_for("How things stand")
        if attack.rule not in rules:
            raise AssertionError(f"{attack.name} is refused by {rules}, not by {attack.rule}")
        return {"attack": attack.name, "rule": attack.rule}

    def _message(self, attack: Attack, number: int) -> bytes:
        envelope = Envelope.parse(self.request.read_bytes())
        request = attack.change(record.decode(SigningRequest, envelope.payload))
        renumbered = replace(request, sequence=request.sequence + 1000 + number)
        key = load_pem_private_key(self.key.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the transport key is not an Ed25519 key")
        purpose = (request.content.audience.realm, StatementType.SIGNING_REQUEST)
        made = Envelope.seal(
            Algorithm.EDDSA,
            key.public_key().public_bytes_raw(),
            record.encode(renumbered),
            purpose,
            key.sign,
        )
        return made.serialize()
