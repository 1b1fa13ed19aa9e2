"""How fast transactions are decoded, against the libraries that wallets use."""

import json
from collections.abc import Iterator
from importlib.metadata import version

from eth_account.typed_transactions.typed_transaction import TypedTransaction

from appliance.chains.bitcoin.room import ROOM as BITCOIN
from appliance.chains.ethereum.digest import signing_hash
from appliance.chains.ethereum.transaction import parse, serialize
from appliance.chains.interface import Registered
from appliance.inspection.inspect import Inspector
from appliance.wire.epochs import BitcoinAccount, DescriptorPair
from tests import hostile_coordinator as hostile
from tests.benchmarks.measure import Figure, Spread, faster_than, in_turns, seconds, spread

KEYS = (
    bytes.fromhex("02" + "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    bytes.fromhex("02" + "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"),
)
MANY = 300


def figures() -> Iterator[Figure]:
    """Measure decoding."""
    yield from bitcoin()
    yield ethereum()
    yield inspection()


def bitcoin() -> Iterator[Figure]:
    """A PSBT of 1,000 inputs against embit, and against one of 100."""
    from embit.psbt import PSBT  # noqa: PLC0415

    account = _account()
    decode = BITCOIN.decoder(Registered((account,), ()))
    large, small = _psbt(account, 1000), _psbt(account, 100)

    def peer() -> None:
        parsed = PSBT.parse(large)
        for index in range(len(parsed.inputs)):
            parsed.sighash(index)

    ours, theirs = in_turns(lambda: decode(large, None), peer)
    yield faster_than("decode.psbt_1000.vs_embit", ours, f"embit {version('embit')}", theirs)
    ours, hundred = in_turns(
        lambda: decode(large, None), lambda: [decode(small, None) for _ in range(10)]
    )
    tenth = hundred.value / 10
    yield Figure("decode.psbt.linearity", ours, "s", "t(100)", tenth, ours.value / tenth)


def ethereum() -> Figure:
    """Strict decode and signing hash of a token transfer against eth-account's hash."""
    payload = hostile.token_transfer(7)
    fields = {
        "type": 2,
        "chainId": hostile.CHAIN_ID,
        "nonce": 7,
        "maxPriorityFeePerGas": 10**9,
        "maxFeePerGas": 2 * 10**9,
        "gas": 80_000,
        "to": hostile.TOKEN,
        "value": 0,
        "data": "0xa9059cbb" + "00" * 12 + hostile.ETH_CLIENT[2:] + f"{25_000_000:064x}",
        "accessList": [],
    }
    ours, theirs = in_turns(
        lambda: [signing_hash(serialize(parse(payload))) for _ in range(MANY)],
        lambda: [TypedTransaction.from_dict(fields).hash() for _ in range(MANY)],
    )
    assert signing_hash(serialize(parse(payload))) == TypedTransaction.from_dict(fields).hash()
    peer = f"eth-account {version('eth-account')}"
    return faster_than("decode.eth.vs_eth_account", ours, peer, theirs)


def inspection() -> Figure:
    """Cases a second through `inspect`."""
    inspector = Inspector({"accounts": [], "tokens": []})
    line = json.dumps({"id": 1, "encoding": "hex", "payload": hostile.token_transfer(7).hex()})
    taken = seconds(lambda: [inspector.inspect_line(line.encode()) for _ in range(MANY)])
    rate = spread([MANY / taken.most, MANY / taken.value, MANY / taken.least])
    return Figure("inspect.rate", Spread(rate.value, rate.least, rate.most, taken.runs), "cases/s")


def _account() -> BitcoinAccount:
    from appliance.chains.bitcoin.descriptor import wpkh_descriptor  # noqa: PLC0415

    pair = DescriptorPair(wpkh_descriptor(KEYS[0]), wpkh_descriptor(KEYS[1]))
    return BitcoinAccount("btc", "regtest", (pair,), 0)


def _psbt(account: BitcoinAccount, inputs: int) -> bytes:
    coins = [hostile.coin(account, 100_000, salt) for salt in range(inputs)]
    paid = [(hostile.address_script(hostile.BTC_CLIENT), 90_000 * inputs)]
    return hostile.psbt(coins, paid)
