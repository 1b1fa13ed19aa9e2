"""Derived addresses, against the reference implementation."""

from hypothesis import given, settings
from hypothesis import strategies as st
from solders.pubkey import Pubkey

from appliance.chains.solana.derivation import (
    associated_token_account,
    find_program_address,
    is_on_curve,
)
from appliance.chains.solana.owners import Owners
from tests.appliance.chains.solana.world import (
    CLIENT,
    PYUSD,
    STRANGER,
    TOKEN,
    TOKEN_2022,
    USDC,
    token_account,
)

KEYS = st.binary(min_size=32, max_size=32)
P = 2**255 - 19
EDGES = (0, 1, 2, P - 1, P, P + 1, 2**255 - 1, (P - 1) // 2)


def test_knows_the_points_at_the_edges_of_the_field() -> None:
    for number in EDGES:
        for sign in (0, 1 << 255):
            data = (number | sign).to_bytes(32, "little")
            assert is_on_curve(data) == Pubkey(data).is_on_curve(), number


@settings(max_examples=500)
@given(KEYS)
def test_knows_points_as_the_reference_does(data: bytes) -> None:
    assert is_on_curve(data) == Pubkey(data).is_on_curve()


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=32), max_size=4), KEYS)
def test_derives_program_addresses_as_the_reference_does(
    seeds: list[bytes], program: bytes
) -> None:
    expected = Pubkey.find_program_address(seeds, Pubkey(program))[0]
    assert find_program_address(b"".join(seeds), program) == bytes(expected)


@settings(max_examples=200)
@given(KEYS, KEYS, st.sampled_from([TOKEN, TOKEN_2022]))
def test_derives_token_accounts_as_the_reference_does(
    owner: bytes, mint: bytes, program: Pubkey
) -> None:
    expected = token_account(Pubkey(owner), Pubkey(mint), program)
    assert associated_token_account(owner, mint, bytes(program)) == bytes(expected)


def test_tells_whose_a_token_account_is_only_of_those_listed() -> None:
    owners = Owners(frozenset({bytes(CLIENT)}))
    for mint in (USDC, PYUSD):
        for program in (TOKEN, TOKEN_2022):
            token = bytes(mint), bytes(program)
            listed = bytes(token_account(CLIENT, mint, program))
            assert owners.owner_of(listed, *token) == bytes(CLIENT)
            foreign = bytes(token_account(STRANGER, mint, program))
            assert owners.owner_of(foreign, *token) is None
            assert owners.owner_of(bytes(CLIENT), *token) is None
    other = bytes(token_account(CLIENT, USDC, TOKEN_2022))
    assert owners.owner_of(other, bytes(USDC), bytes(TOKEN)) is None
