"""The raw data's structure: read, written back, and told from its other forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tronpy.proto import tron_pb2

from appliance.chains.tron.transaction import Transfer, Trigger, parse, serialize
from appliance.errors import MalformedTransaction, UnsupportedTransaction
from tests.appliance.chains.tron import world
from tests.appliance.chains.tron.world import CLIENT, SOURCE, USDT, address, decode


def test_reads_a_transfer() -> None:
    transaction = parse(world.transfer())
    (contract,) = transaction.contracts
    assert contract.parameter == Transfer(address(SOURCE), address(CLIENT), 25_000_000)
    assert (contract.type, contract.permission_id) == (1, 0)
    assert transaction.expiration == world.RAW["expiration"]


def test_reads_a_call() -> None:
    transaction = parse(world.call(call_value=1, call_token_value=2, token_id=3))
    parameter = transaction.contracts[0].parameter
    assert parameter == Trigger(address(SOURCE), address(USDT), 1, world.calldata(), 2, 3)


int64 = st.integers(-(1 << 63), (1 << 63) - 1)
some_bytes = st.binary(max_size=40)


@given(
    st.fixed_dictionaries(
        {
            "ref_block_bytes": some_bytes,
            "ref_block_num": int64,
            "ref_block_hash": some_bytes,
            "expiration": int64,
            "data": some_bytes,
            "scripts": some_bytes,
            "timestamp": int64,
            "fee_limit": int64,
        }
    ),
    st.lists(
        st.one_of(
            st.builds(world.transfer_contract, amount=int64),
            st.builds(
                world.trigger_contract,
                some_bytes,
                call_value=int64,
                call_token_value=int64,
                token_id=int64,
            ),
            st.builds(
                world.contract,
                st.sampled_from(sorted(world.NUMBERS)),
                some_bytes.map(lambda value: b"\x3a" + bytes((len(value),)) + value),
                number=st.integers(40, 60),
                provider=some_bytes,
                ContractName=some_bytes,
                Permission_id=st.integers(-(1 << 31), (1 << 31) - 1),
            ),
            st.just(tron_pb2.Transaction.Contract(type=46)),
        ),
        max_size=3,
    ),
)
def test_writes_back_what_the_common_serializer_wrote(
    fields: dict[str, object], contracts: list[object]
) -> None:
    data = world.raw(*contracts, **fields)
    assert serialize(parse(data)) == data


@pytest.mark.parametrize("signatures", [0, 1, 3])
def test_refuses_a_whole_transaction_and_says_what_it_is(signatures: int) -> None:
    for raw in (world.transfer(), world.call(), world.operation("WithdrawBalanceContract")):
        whole = tron_pb2.Transaction(signature=[bytes(65)] * signatures)
        whole.raw_data.ParseFromString(raw)
        with pytest.raises(UnsupportedTransaction, match=f"whole Transaction with {signatures} "):
            decode(whole.SerializeToString())


def test_refuses_a_message_and_says_what_it_is() -> None:
    with pytest.raises(UnsupportedTransaction, match="TIP-191"):
        decode(b"\x19TRON Signed Message:\n5hello")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"psbt\xff\x01",
        b"{}",
        b'{"txID": ""}',
        b"\x70\x01",
        b"\x0a\x02\xe9\x42",
        bytes.fromhex("02f8b1018308"),
        bytes(100),
        b"\xff" * 100,
        b"\x19TRON",
        world.transfer()[:-1],
        world.transfer()[1:],
        world.transfer() + b"\0",
        bytes(600_000),
    ],
    ids=range(15),
)
def test_refuses_what_is_no_transaction_as_malformed(data: bytes) -> None:
    with pytest.raises(MalformedTransaction):
        decode(data)


def test_many_contracts_take_their_bytes_time_only() -> None:
    decoded = decode(world.raw(*[world.transfer_contract()] * 900))
    assert "900 contracts" in world.says(decoded)
    assert len(decoded.findings) < 10
