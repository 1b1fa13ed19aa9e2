"""Every screen by name: the desk it belongs to, and what a person does to get there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from appliance.errors import HsmError
from appliance.tui.desk import AlreadyAnswered, CameraSight, RefusalToShow, TransferProgress
from appliance.wire.messages import Finding
from appliance.wire.sight.hints import Hint
from appliance.wire.terms import Realm, Severity
from tests.appliance.tui.driving import Person
from tests.appliance.tui.simulated_desk import (
    CLOSED,
    OPEN,
    PASSPHRASE,
    SIGNERS,
    UNFOUNDED,
    SimulatedDesk,
)

REFUSAL = RefusalToShow(
    request=b"request",
    batch="W-2025-11-07-2",
    findings=(
        Finding("FEE-CEILING", Severity.ATTENTION, "the fee is twice that of the last", "tx-1"),
        Finding(
            "CLAIM-MISMATCH",
            Severity.REFUSE,
            "the bytes pay 5.00000000 BTC where the request asks for 0.50000000 BTC",
            "tx-2, output 1",
        ),
        Finding("WHITELIST", Severity.REFUSE, "the destination is not listed", "tx-2, output 1"),
    ),
    next_steps=(
        ("FEE-CEILING", "Read it twice before approving."),
        ("CLAIM-MISMATCH", "Do not sign. Keep the request and call security."),
        ("WHITELIST", "If it is right, officers change the standing rules by ceremony."),
    ),
)


PICTURE = bytes(
    (x // 4 + y // 3) % 2 * 3 if 16 <= x < 48 and 4 <= y < 32 else min(3, x // 20)
    for y in range(36)
    for x in range(64)
)
SIGHT = CameraSight("0: HD Webcam", 2, 310, 12, 18_400, Hint.MOVE_CLOSER, PICTURE)
FILMED = TransferProgress(12, 40, 350, 40, seconds_left=3, sight=SIGHT)


@dataclass(frozen=True, slots=True)
class Scene:
    desk: Callable[[], SimulatedDesk]
    walk: Callable[[Person], Awaitable[None]]


def keys(*names: str) -> Callable[[Person], Awaitable[None]]:
    async def walk(person: Person) -> None:
        await person.press(*names)

    return walk


async def open_as_first(person: Person) -> None:
    await person.press("f2")
    await person.enter("1")


async def wrong_passphrase(person: Person) -> None:
    await open_as_first(person)
    await person.enter("not this one")
    await person.type("abc")


async def read_all(person: Person) -> None:
    await person.press("f3", "space", "space", "space")


async def begin_approving(person: Person) -> None:
    await read_all(person)
    await person.press("f8")


async def choose_first(person: Person) -> None:
    await begin_approving(person)
    await person.enter("1")


async def look_it_up(person: Person) -> None:
    await choose_first(person)
    await person.press("f3")


async def answer_wrongly(person: Person) -> None:
    await choose_first(person)
    await person.enter("0000")


async def last_word(person: Person) -> None:
    await choose_first(person)
    await person.enter("3807")
    await person.enter(PASSPHRASE)


async def one_approval(person: Person) -> None:
    await begin_approving(person)
    await person.approve(1)


async def two_approvals(person: Person) -> None:
    await one_approval(person)
    await person.approve(2)


async def begin_rejecting(person: Person) -> None:
    await person.press("f3", "f9")
    await person.enter("2")


async def last_word_of_rejection(person: Person) -> None:
    await begin_rejecting(person)
    await person.enter("wrong client")
    await person.enter(PASSPHRASE)


async def read_proposal(person: Person) -> None:
    await person.press("f3", "space", "space")


async def compare_words(person: Person) -> None:
    await read_proposal(person)
    await person.press("f8")


async def words_agree(person: Person) -> None:
    await compare_words(person)
    await person.enter("acid bolt")


async def short_passphrase(person: Person) -> None:
    await words_agree(person)
    await person.enter("Anna Wong")
    await person.enter("short")


INTERRUPTED = replace(
    OPEN, realm=Realm.TRAINING, interrupted="W-2025-11-06-9", notice="the signer process ended"
)

SCENES: dict[str, Scene] = {
    "idle": Scene(SimulatedDesk, keys()),
    "idle_closed": Scene(lambda: SimulatedDesk(CLOSED), keys("x")),
    "idle_interrupted": Scene(lambda: SimulatedDesk(INTERRUPTED), keys()),
    "idle_rehearsal": Scene(lambda: SimulatedDesk(replace(OPEN, realm=Realm.REHEARSAL)), keys()),
    "idle_unfounded": Scene(lambda: SimulatedDesk(UNFOUNDED), keys()),
    "session_signer": Scene(
        lambda: SimulatedDesk(replace(CLOSED, present=SIGNERS[:1])), open_as_first
    ),
    "session_passphrase": Scene(lambda: SimulatedDesk(CLOSED), wrong_passphrase),
    "receive": Scene(lambda: SimulatedDesk(arrives=False, transfer=(FILMED,)), keys("f3")),
    "review_overview": Scene(SimulatedDesk, keys("f3")),
    "review_all_seen": Scene(SimulatedDesk, read_all),
    "approve_signer": Scene(SimulatedDesk, begin_approving),
    "approve_question": Scene(SimulatedDesk, choose_first),
    "approve_look_up": Scene(SimulatedDesk, look_it_up),
    "approve_wrong_answer": Scene(SimulatedDesk, answer_wrongly),
    "approve_word": Scene(SimulatedDesk, last_word),
    "approve_second": Scene(SimulatedDesk, one_approval),
    "reject_reason": Scene(SimulatedDesk, begin_rejecting),
    "reject_word": Scene(SimulatedDesk, last_word_of_rejection),
    "signing": Scene(lambda: SimulatedDesk(signed=(421, 1_000)), two_approvals),
    "release": Scene(SimulatedDesk, keys("f7")),
    "refused": Scene(lambda: SimulatedDesk(reading=REFUSAL), keys("f3")),
    "answered": Scene(
        lambda: SimulatedDesk(reading=AlreadyAnswered("W-2025-11-05-1", b"\2" * 32)), keys("f3")
    ),
    "problem": Scene(lambda: SimulatedDesk(error=HsmError("the HSM does not answer")), keys("f3")),
    "burn": Scene(lambda: SimulatedDesk(INTERRUPTED), keys("f6")),
    "quit": Scene(SimulatedDesk, keys("f10")),
    "proposal": Scene(lambda: SimulatedDesk(UNFOUNDED), read_proposal),
    "proposal_words": Scene(lambda: SimulatedDesk(UNFOUNDED), compare_words),
    "enrol_name": Scene(lambda: SimulatedDesk(UNFOUNDED), words_agree),
    "enrol_passphrase": Scene(lambda: SimulatedDesk(UNFOUNDED), short_passphrase),
    "transport_pin": Scene(
        lambda: SimulatedDesk(replace(UNFOUNDED, enrolled=SIGNERS)), words_agree
    ),
}
