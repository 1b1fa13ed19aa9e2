"""What holds for every transaction, against an independent encoder and under mutation."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tronpy.proto import tron_pb2

from appliance.chains.tron.address import spell_address
from appliance.chains.tron.transaction import parse, serialize
from appliance.errors import DecodeError
from tests.appliance.chains.tron import world
from tests.appliance.chains.tron.world import decode, refusals

bodies = st.binary(min_size=20, max_size=20)
int64 = st.integers(-(1 << 63), (1 << 63) - 1)
uint256 = st.integers(0, (1 << 256) - 1)


@given(bodies, st.integers(1, (1 << 63) - 1), st.binary(max_size=80), st.integers(0, 1 << 40))
def test_states_what_the_independent_encoder_was_told_about_coins(
    to: bytes, amount: int, memo: bytes, limit: int
) -> None:
    destination = spell_address(b"\x41" + to)
    decoded = decode(world.transfer(to=destination, amount=amount, data=memo, fee_limit=limit))
    (transfer,) = decoded.transfers
    assert (transfer.destination, transfer.amount) == (destination, amount)
    assert transfer.asset.token is None
    assert decoded.fee.maximum == limit
    assert any(fact.label == "Memo" for fact in decoded.facts) == bool(memo)


@given(bodies, uint256)
def test_states_what_the_independent_encoder_was_told_about_tokens(to: bytes, amount: int) -> None:
    destination = spell_address(b"\x41" + to)
    (transfer,) = decode(world.call(world.calldata(destination, amount))).transfers
    assert (transfer.destination, transfer.amount) == (destination, amount)
    assert transfer.asset.token == world.USDT


@given(
    st.binary(max_size=30).map(lambda rest: bytes.fromhex("a9059cbb") + bytes(12) + rest),
    int64,
    int64,
    int64,
    st.sampled_from([world.USDT, world.CLIENT]),
)
def test_signs_no_call_but_a_plain_transfer(
    data: bytes, value: int, tokens: int, token_id: int, token: str
) -> None:
    decoded = decode(
        world.call(data, token, call_value=value, call_token_value=tokens, token_id=token_id)
    )
    assert not decoded.signing


SEEDS = (
    world.transfer(),
    world.transfer(data=b"memo", fee_limit=7),
    world.call(),
    world.call(call_value=1),
    world.operation("DelegateResourceContract", owner_address=world.SOURCE, balance=5, lock=True),
    world.operation(
        "AccountPermissionUpdateContract",
        owner_address=world.SOURCE,
        owner=world.message(
            "Permission", threshold=1, keys=[world.message("Key", address=world.CLIENT, weight=1)]
        ),
    ),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 4))
        data[at : at + cut] = draw(st.binary(max_size=4))
    return bytes(data)


def oracle(data: bytes) -> tuple[Any, bytes]:
    raw = tron_pb2.Transaction.raw.FromString(data)
    return raw, raw.SerializeToString(deterministic=True)


@settings(max_examples=500)
@given(mutated() | st.binary(max_size=300))
def test_reads_or_refuses_anything_and_signs_only_what_it_would_write(data: bytes) -> None:
    try:
        decoded = decode(data)
    except DecodeError:
        return
    for finding in decoded.findings:
        assert len(finding.message.encode()) <= 512
    if refusals(decoded):
        assert not decoded.signing
        return
    assert serialize(parse(data)) == data
    raw, written = oracle(data)
    assert written == data
    assert len(raw.contract) == 1
    (transfer,) = decoded.transfers
    value = raw.contract[0].parameter.value
    if raw.contract[0].type == 1:
        read = tron_pb2.TransferContract.FromString(value)
        assert (read.amount, read.to_address) == (
            transfer.amount,
            world.address(transfer.destination),
        )
    else:
        call = tron_pb2.TriggerSmartContract.FromString(value)
        assert call.data == world.calldata(transfer.destination, transfer.amount)
        assert (call.call_value, call.call_token_value, call.token_id) == (0, 0, 0)
