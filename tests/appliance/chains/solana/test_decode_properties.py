"""Whatever is paid is read as it was written, and whatever is changed is never misread."""

from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from solders.compute_budget import (
    set_compute_unit_limit,
    set_compute_unit_price,
    set_loaded_accounts_data_size_limit,
)
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from appliance.chains.agreement import agreeing
from appliance.chains.solana.message import parse, serialize
from appliance.chains.solana.operations_programs import CATALOGUES
from appliance.chains.solana.second_reader import second_reader
from appliance.errors import DecodeError
from tests.appliance.chains.solana.world import (
    CLIENT,
    NONCE,
    PAYER,
    PYUSD,
    REGISTERED,
    SOL,
    SYSTEM,
    TOKEN,
    TOKEN_2022,
    USDC,
    advance,
    attempt,
    call,
    create_account,
    decode_with,
    decoder,
    legacy,
    memo,
    pay,
    pay_token,
    rules,
    says,
    token_account,
    versioned,
)

AMOUNTS = st.integers(1, 2**64 - 1)
KEYS = st.builds(Pubkey, st.binary(min_size=32, max_size=32)).filter(
    lambda each: each not in (PAYER, NONCE, SYSTEM)
)
PROGRAMS = st.sampled_from([TOKEN, TOKEN_2022])
MINTS = st.sampled_from([USDC, PYUSD])

Paid: TypeAlias = tuple[str, int, str]
"""A token or nothing, an amount, and where the bytes send it."""


@st.composite
def payments(draw: st.DrawFn) -> tuple[list[Instruction], Paid, dict[str, str]]:
    """Instructions that pay, what they pay, and the owners of accounts that they create."""
    if draw(st.booleans()):
        to, amount = draw(KEYS), draw(AMOUNTS)
        return [pay(amount, to)], ("", amount, str(to)), {}
    owner, amount, mint = draw(KEYS), draw(AMOUNTS), draw(MINTS)
    program = draw(PROGRAMS)
    account = token_account(owner, mint, program)
    paid = pay_token(amount, to=account, mint=mint, program=program)
    what = (str(mint), amount, str(account))
    if draw(st.booleans()):
        creation = create_account(owner, mint=mint, program=program)
        return [creation, paid], what, {str(account): str(owner)}
    return [paid], what, {}


@st.composite
def settings_of_budget(draw: st.DrawFn) -> tuple[list[Instruction], int | None, int]:
    limit = draw(st.none() | st.integers(0, 2**32 - 1))
    price = draw(st.none() | st.integers(0, 2**64 - 1))
    made = [
        *([] if limit is None else [set_compute_unit_limit(limit)]),
        *([] if price is None else [set_compute_unit_price(price)]),
        *([set_loaded_accounts_data_size_limit(7)] if draw(st.booleans()) else []),
    ]
    return draw(st.permutations(made)), limit, price or 0


@settings(max_examples=300, deadline=None)
@given(st.lists(payments(), min_size=1, max_size=3), settings_of_budget(), st.data())
def test_reads_what_was_written(
    made: list[tuple[list[Instruction], Paid, dict[str, str]]],
    budget: tuple[list[Instruction], int | None, int],
    data: st.DataObject,
) -> None:
    setting, limit, price = budget
    nonce = data.draw(st.booleans())
    notes = data.draw(st.lists(st.text(max_size=20), max_size=2))
    called = [*(each for steps, _, _ in made for each in steps), *(memo(text) for text in notes)]
    write = data.draw(st.sampled_from([legacy, versioned]))
    message = write(*([advance()] if nonce else []), *setting, *called)
    decoded = agreeing(decode_with(REGISTERED), second_reader)(message, None)
    assert rules(decoded) <= {"UNSUPPORTED"}, says(decoded)
    assert ("UNSUPPORTED" in rules(decoded)) == (len(message) + 65 > 1232)
    owners = {account: owner for _, _, named in made for account, owner in named.items()}
    assert [
        (each.asset.token or "", each.amount, each.destination) for each in decoded.transfers
    ] == [(token, amount, owners.get(to, to)) for _, (token, amount, to), _ in made]
    units = 200_000 * (len(called) + nonce) if limit is None else limit
    assert decoded.fee.maximum == 5000 + -(-min(units, 1_400_000) * price // 10**6)
    assert decoded.reserves[0].subject.startswith(str(NONCE)) == nonce


SAMPLES = (
    legacy(pay()),
    versioned(advance(), set_compute_unit_price(5), pay()),
    legacy(create_account(), pay_token(), memo("hi", PAYER)),
    legacy(advance()),
)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_what_is_changed_is_refused_or_the_second_reader_agrees(
    sample: bytes, data: st.DataObject
) -> None:
    changed = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    decoded = attempt(lambda each: agreeing(decoder, second_reader)(each, None), bytes(changed))
    if isinstance(decoded, DecodeError):
        return
    assert "READERS-DISAGREE" not in rules(decoded), says(decoded)
    assert serialize(parse(bytes(changed))) == bytes(changed)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(sorted(CATALOGUES)),
    st.binary(max_size=200),
    st.lists(st.sampled_from([PAYER, CLIENT, USDC, token_account(PAYER)]), max_size=8),
)
def test_no_instruction_does_more_than_to_be_refused_or_to_agree(
    program: bytes, data: bytes, accounts: list[Pubkey]
) -> None:
    message = legacy(call(Pubkey(program), data, *accounts), pay())
    decoded = agreeing(decoder, second_reader)(message, None)
    assert "READERS-DISAGREE" not in rules(decoded), says(decoded)
    assert decoded.transfers[-1].amount == SOL
