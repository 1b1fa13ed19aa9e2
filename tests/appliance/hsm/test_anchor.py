"""The token remembers where the journal stands, through crashes, and never goes back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pkcs11 import Attribute, ObjectClass
from pkcs11.exceptions import PKCS11Error

from appliance.errors import HsmError, KeyAttributes
from appliance.hsm.anchor import Anchor
from appliance.hsm.session import Hsm
from appliance.hsm.templates import ANCHOR_APPLICATION, ANCHOR_LABEL, anchor_template
from appliance.wire import record
from appliance.wire.epochs import Genesis
from appliance.wire.messages import JournalHead
from appliance.wire.terms import Realm
from tests.appliance.hsm.desk import Founded, leave, serve, tamper
from tests.appliance.hsm.signer_process import USER_PIN, SoftToken, run


def head(index: int, fill: int = 7) -> JournalHead:
    return JournalHead(index, bytes((fill,)) * 32)


def anchor(genesis: Genesis, index: int, fill: int = 7) -> Anchor:
    return Anchor(head(index, fill), genesis.digest, genesis.realm)


def written(token: SoftToken, genesis: Genesis, *heads: JournalHead) -> list[Anchor | None]:
    """Write each head, and read the anchor before, between and after in sessions of their own."""
    read_back = [read(token)]
    for one in heads:
        serve(token, genesis).write_anchor(one)
        leave(token)
        read_back.append(read(token))
    return read_back


def read(token: SoftToken) -> Anchor | None:
    hsm = Hsm(token.module, token.serial)
    hsm.login(USER_PIN)
    found = hsm.read_anchor()
    hsm.close()
    return found


def count(token: SoftToken) -> int:
    found = tuple(tamper(token).get_objects({Attribute.CLASS: ObjectClass.DATA}))
    leave(token)
    return len(found)


def test_is_read_back_by_the_next_session_and_replaced(founded: Founded) -> None:
    genesis = founded.genesis
    read_back = run(founded.token, written, genesis, head(0), head(1), head(1), head(900))
    expected = [None, *(anchor(genesis, index) for index in (0, 1, 1, 900))]
    assert read_back == expected
    assert run(founded.token, count) == 1


@pytest.mark.parametrize(
    ("next_head", "refusal"),
    [(head(4), "stands before the place"), (head(5, 8), "differs from the token's anchor")],
)
def test_never_goes_back_or_sideways(
    founded: Founded, next_head: JournalHead, refusal: str
) -> None:
    run(founded.token, written, founded.genesis, head(5))
    with pytest.raises(HsmError, match=refusal):
        run(founded.token, written, founded.genesis, next_head)
    assert run(founded.token, read) == anchor(founded.genesis, 5)


def test_belongs_to_one_journal_and_realm(founded: Founded) -> None:
    run(founded.token, written, founded.genesis, head(5))
    for other in (
        replace(founded.genesis, created=founded.genesis.created + 1),
        replace(founded.genesis, realm=Realm.TRAINING),
    ):
        with pytest.raises(HsmError, match="another journal or realm"):
            run(founded.token, written, other, head(6))


def create(token: SoftToken, value: bytes, change: dict[Attribute, Any], pin: str | None) -> None:
    tamper(token, pin).create_object({**anchor_template(value), **change})
    leave(token)


def create_privately(token: SoftToken, value: bytes, change: dict[Attribute, Any]) -> None:
    create(token, value, change, USER_PIN)


@pytest.mark.parametrize("later", [4, 6])
def test_after_a_crash_between_two_anchors_the_later_counts(founded: Founded, later: int) -> None:
    run(founded.token, written, founded.genesis, head(5))
    value = record.encode(anchor(founded.genesis, later))
    run(founded.token, create_privately, value, {})
    assert run(founded.token, count) == 2
    assert run(founded.token, read) == anchor(founded.genesis, max(5, later))
    assert run(founded.token, count) == 1
    run(founded.token, written, founded.genesis, head(6))
    assert run(founded.token, read) == anchor(founded.genesis, 6)


def test_two_equal_anchors_are_one(founded: Founded) -> None:
    run(founded.token, written, founded.genesis, head(5))
    run(founded.token, create_privately, record.encode(anchor(founded.genesis, 5)), {})
    assert run(founded.token, read) == anchor(founded.genesis, 5)
    assert run(founded.token, count) == 1


def test_two_anchors_that_contradict_each_other_stop(founded: Founded) -> None:
    run(founded.token, written, founded.genesis, head(5))
    run(founded.token, create_privately, record.encode(anchor(founded.genesis, 5, 8)), {})
    with pytest.raises(HsmError, match="contradict each other"):
        run(founded.token, read)
    assert run(founded.token, count) == 2


@pytest.mark.parametrize("value", [b"\0", b"\xa3", bytes(5000)])
def test_an_anchor_that_does_not_parse_stops(founded: Founded, value: bytes) -> None:
    run(founded.token, create_privately, value, {})
    with pytest.raises(HsmError, match="does not parse"):
        run(founded.token, read)


def test_an_anchor_that_a_crash_left_without_its_value_counts_as_not_there(
    founded: Founded,
) -> None:
    run(founded.token, written, founded.genesis, head(5))
    run(founded.token, create_privately, b"", {})
    assert run(founded.token, read) == anchor(founded.genesis, 5)
    assert run(founded.token, count) == 1


def test_an_anchor_without_a_value_and_none_before_it_stops(founded: Founded) -> None:
    run(founded.token, create_privately, b"", {})
    with pytest.raises(HsmError, match="never finished"):
        run(founded.token, read)


def test_an_anchor_that_could_be_modified_stops(founded: Founded) -> None:
    value = record.encode(anchor(founded.genesis, 5))
    run(founded.token, create_privately, value, {Attribute.MODIFIABLE: True})
    with pytest.raises(KeyAttributes, match="modified in place"):
        run(founded.token, read)


def test_more_anchors_than_a_crash_leaves_stop(founded: Founded) -> None:
    for index in range(9):
        value = record.encode(anchor(founded.genesis, index))
        run(founded.token, create_privately, value, {})
    with pytest.raises(HsmError, match="holds 9 anchors"):
        run(founded.token, read)


def create_without_pin(token: SoftToken, value: bytes) -> None:
    create(token, value, {Attribute.PRIVATE: False}, None)


def test_what_anybody_may_write_without_a_pin_is_no_anchor(founded: Founded) -> None:
    planted = record.encode(anchor(founded.genesis, 1_000_000))
    run(founded.token, create_without_pin, planted)
    assert run(founded.token, read) is None
    assert run(founded.token, written, founded.genesis, head(5))[-1] == anchor(founded.genesis, 5)


def modified(token: SoftToken) -> str:
    search = {Attribute.LABEL: ANCHOR_LABEL, Attribute.APPLICATION: ANCHOR_APPLICATION}
    (held,) = tamper(token).get_objects(search)
    try:
        held[Attribute.VALUE] = b"rolled back"
    except PKCS11Error:
        return "refused"
    return "modified"


def without_pin(token: SoftToken) -> list[Any]:
    return list(tamper(token, None).get_objects({Attribute.CLASS: ObjectClass.DATA}))


@pytest.mark.parametrize(("attempt", "outcome"), [(modified, "refused"), (without_pin, [])])
def test_the_token_itself_protects_it(
    founded: Founded, attempt: Callable[[SoftToken], Any], outcome: object
) -> None:
    run(founded.token, written, founded.genesis, head(5))
    assert run(founded.token, attempt) == outcome
