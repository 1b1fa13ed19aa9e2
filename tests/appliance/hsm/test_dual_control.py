"""M holders open the token together; fewer do not, whatever they have and whatever they knew."""

from dataclasses import dataclass, replace
from itertools import combinations

import pytest

from appliance.custody.shares import Quorum, Share
from appliance.errors import ApprovalError, HsmError, QuorumShort
from appliance.hsm.connection import Connection
from appliance.hsm.dual_control import (
    draw_shares,
    login_with_shares,
    pin_of,
    replace_security_officer_pin,
    replace_user_pin,
    take_control,
)
from appliance.hsm.session import Hsm
from tests.appliance.hsm.signer_process import OFFICER_PIN, USER_PIN, SoftToken, run

QUORUM = Quorum(2, 3)
Shares = tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Pins:
    user: Shares
    security_officer: Shares


def door(token: SoftToken) -> Connection:
    return Connection(token.module, token.serial)


def commissioned(token: SoftToken) -> Pins:
    pins = Pins(draw_shares(door(token), QUORUM), draw_shares(door(token), QUORUM))
    take_control(door(token), OFFICER_PIN, pins.user, pins.security_officer)
    return pins


def opened(token: SoftToken, shares: Shares) -> int:
    hsm = Hsm(token.module, token.serial)
    login_with_shares(hsm, shares)
    return len(hsm.inventory().private_keys)


def opened_by_pin(token: SoftToken, pin: str) -> None:
    door(token).login(pin)


def opened_by_officer_pin(token: SoftToken, pin: str) -> None:
    door(token).login_security_officer(pin)


def test_any_quorum_of_holders_opens_the_token(token: SoftToken) -> None:
    pins = run(token, commissioned)
    for shares in (*combinations(pins.user, 2), pins.user):
        assert run(token, opened, tuple(shares)) == 0


def test_fewer_holders_do_not_open_it(token: SoftToken) -> None:
    pins = run(token, commissioned)
    for share in pins.user:
        with pytest.raises(QuorumShort):
            run(token, opened, (share,))
        for forged in ((replace(share, threshold=1),), (share, share)):
            with pytest.raises(ApprovalError):
                run(token, opened, forged)


def test_a_share_itself_is_no_pin(token: SoftToken) -> None:
    pins = run(token, commissioned)
    for share in (*pins.user, *pins.security_officer):
        with pytest.raises(HsmError, match="refused the PIN"):
            run(token, opened_by_pin, share.value.hex())


def test_nobody_knows_a_pin_afterwards(token: SoftToken) -> None:
    run(token, commissioned)
    with pytest.raises(HsmError, match="refused the PIN"):
        run(token, opened_by_pin, USER_PIN)
    with pytest.raises(HsmError, match="refused the PIN"):
        run(token, opened_by_officer_pin, OFFICER_PIN)


def test_shares_of_the_user_and_of_the_officer_do_not_mix(token: SoftToken) -> None:
    pins = run(token, commissioned)
    with pytest.raises(HsmError, match="refused the PIN"):
        run(token, opened, pins.security_officer)
    with pytest.raises(ApprovalError, match="different sharings"):
        run(token, opened, (pins.user[0], pins.security_officer[1]))
    run(token, opened_by_officer_pin, pin_of(pins.security_officer))


def drawn_twice(token: SoftToken) -> tuple[Shares, Shares]:
    return draw_shares(door(token), QUORUM), draw_shares(door(token), QUORUM)


def test_every_sharing_is_drawn_anew(token: SoftToken) -> None:
    first, second = run(token, drawn_twice)
    assert first[0].sharing != second[0].sharing
    assert pin_of(first) != pin_of(second)
    assert len(pin_of(first)) == 64


def a_holder_left(token: SoftToken, old: Pins) -> Pins:
    user, officer = draw_shares(door(token), Quorum(2, 2)), draw_shares(door(token), Quorum(2, 2))
    replace_user_pin(door(token), old.user[:2], user)
    replace_security_officer_pin(door(token), old.security_officer[1:], officer)
    return Pins(user, officer)


def test_old_shares_open_nothing_after_a_holder_left(token: SoftToken) -> None:
    old = run(token, commissioned)
    new = run(token, a_holder_left, old)
    assert run(token, opened, new.user) == 0
    run(token, opened_by_officer_pin, pin_of(new.security_officer))
    for shares in (old.user, old.user[1:]):
        with pytest.raises(HsmError, match="refused the PIN"):
            run(token, opened, shares)
    with pytest.raises(HsmError, match="refused the PIN"):
        run(token, opened_by_officer_pin, pin_of(old.security_officer))


def with_a_wrong_transport_pin(token: SoftToken) -> None:
    pins = Pins(draw_shares(door(token), QUORUM), draw_shares(door(token), QUORUM))
    take_control(door(token), "not the transport PIN", pins.user, pins.security_officer)


def test_a_wrong_transport_pin_changes_nothing(token: SoftToken) -> None:
    with pytest.raises(HsmError, match="refused the PIN"):
        run(token, with_a_wrong_transport_pin)
    run(token, opened_by_pin, USER_PIN)
    run(token, opened_by_officer_pin, OFFICER_PIN)
