"""The anchor: a private data object in the token that says where the journal stands.

It cannot be modified, only replaced: the new one is created before the old one is destroyed, so
that a crash leaves one or both and never none. Of two, the later counts; one that a crash left
without its value counts as not there, because the one before it then still is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11 import Attribute, ObjectClass

from appliance.errors import HsmError, KeyAttributes
from appliance.hsm.templates import ANCHOR_APPLICATION, ANCHOR_LABEL, anchor_template
from appliance.wire import record
from appliance.wire.errors import NotCanonical
from appliance.wire.messages import JournalHead
from appliance.wire.record import Digest
from appliance.wire.terms import Realm

MAX_ANCHORS = 8

_VALUE = Attribute.VALUE


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last head of the journal that this token has seen, of which genesis, in which realm."""

    head: JournalHead
    genesis: Digest
    realm: Realm


@dataclass(frozen=True, slots=True)
class _Held:
    anchor: Anchor
    handle: pkcs11.Object


def read(session: pkcs11.Session) -> Anchor | None:
    """Return the anchor, None on a token that has none; a superseded one is destroyed.

    Raises HsmError for an anchor that does not parse, or two that contradict each other;
    KeyAttributes for one that could have been modified.
    """
    held = _held(session)
    if not held:
        return None
    latest = _latest(held)
    _destroy(other for other in held if other.handle is not latest.handle)
    return latest.anchor


def replace(session: pkcs11.Session, anchor: Anchor) -> None:
    """Write the anchor. Raises HsmError for one that would go back, or belongs elsewhere."""
    held = _held(session)
    if held:
        _verify_successor(_latest(held).anchor, anchor)
    session.create_object(anchor_template(record.encode(anchor)))
    _destroy(held)


def _held(session: pkcs11.Session) -> tuple[_Held, ...]:
    # PRIVATE is searched for: anybody can leave a public object of this name without a PIN.
    handles = tuple(
        session.get_objects(
            {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.PRIVATE: True,
                Attribute.LABEL: ANCHOR_LABEL,
                Attribute.APPLICATION: ANCHOR_APPLICATION,
            }
        )
    )
    if len(handles) > MAX_ANCHORS:
        raise HsmError(f"the token holds {len(handles)} anchors")
    read_back = {handle: _attributes(handle) for handle in handles}
    unfinished = [handle for handle, values in read_back.items() if not values.get(_VALUE)]
    held = tuple(_Held(_parse(v), handle) for handle, v in read_back.items() if v.get(_VALUE))
    if unfinished and not held:
        raise HsmError("the anchor in the token was never finished, and there is no other")
    for handle in unfinished:
        handle.destroy()
    return held


def _attributes(handle: pkcs11.Object) -> dict[Attribute, Any]:
    return handle.get_attributes([Attribute.PRIVATE, Attribute.TOKEN, Attribute.MODIFIABLE, _VALUE])


def _parse(values: dict[Attribute, Any]) -> Anchor:
    fixed = (Attribute.PRIVATE, True), (Attribute.TOKEN, True), (Attribute.MODIFIABLE, False)
    if any(values.get(attribute) is not expected for attribute, expected in fixed):
        raise KeyAttributes("the anchor could have been modified in place")
    try:
        return record.decode(Anchor, values[_VALUE])
    except NotCanonical as error:
        raise HsmError("the anchor in the token does not parse") from error


def _latest(held: tuple[_Held, ...]) -> _Held:
    latest = max(held, key=lambda one: one.anchor.head.index)
    for other in held:
        same_place = other.anchor.head.index == latest.anchor.head.index
        if same_place and other.anchor != latest.anchor:
            raise HsmError("two anchors in the token contradict each other")
    return latest


def _verify_successor(old: Anchor, new: Anchor) -> None:
    if (new.genesis, new.realm) != (old.genesis, old.realm):
        raise HsmError("the token's anchor belongs to another journal or realm")
    if new.head.index < old.head.index:
        raise HsmError("the journal stands before the place where the token anchors it")
    if new.head.index == old.head.index and new.head != old.head:
        raise HsmError("the journal differs from the token's anchor")


def _destroy(held: Iterable[_Held]) -> None:
    for one in held:
        one.handle.destroy()
