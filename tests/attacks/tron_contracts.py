"""TRON: every other contract type, and protobuf that is not canonical."""

from collections.abc import Iterator, Sequence

from tronpy.proto import tron_pb2

from tests.attacks.case import Case
from tests.attacks.tron import (
    FORBIDDEN,
    MINUTE,
    SUN,
    URL,
    case,
    packed,
    transfer,
)
from tests.attacks.world import CLOCK_MS, TRON_ATTACKER, TRON_CLIENTS, TRON_USDT, TRON_VAULT, seed

BROKEN = ("MALFORMED",)
Field = tuple[int, int | bytes]
KINDS = tron_pb2.Transaction.Contract.ContractType


def varint(number: int) -> bytes:
    number &= 2**64 - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def message(*fields: Field) -> bytes:
    """A protobuf message in the order given."""
    return b"".join(_field(number, value) for number, value in fields)


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def contract(kind: int, name: str, body: bytes, *more: Field) -> bytes:
    kinds: list[Field] = [(1, kind)] if kind else []
    return message(*kinds, (2, message((1, (URL + name).encode()), (2, body))), *more)


def around(*contracts: bytes, memo: bytes = b"", more: Sequence[Field] = ()) -> bytes:
    """`Transaction.raw` around contracts written by hand."""
    return message(
        (1, b"\x7a\x11"),
        (4, seed("tron/block")[:8]),
        (8, CLOCK_MS + MINUTE),
        *([(10, memo)] if memo else []),
        *((11, each) for each in contracts),
        (14, CLOCK_MS),
        *more,
    )


def cases() -> Iterator[Case]:
    yield from _types()


def _types() -> Iterator[Case]:
    us, them, asset = TRON_VAULT, TRON_ATTACKER, b"1002000"
    key = message((1, them), (2, 1))
    owner = message((3, b"owner"), (4, 1), (7, key))
    active = message(
        (1, 2), (2, 2), (3, b"active"), (4, 1), (6, b"\x7f\xff\x1f\xc0" + bytes(28)), (7, key)
    )
    code = message((1, us), (3, b"evil"), (4, b"\x60\x80"))
    bodies: dict[str, tuple[int, bytes, tuple[str, ...]]] = {
        "AccountCreateContract": (0, message((1, us), (2, them)), ()),
        "TransferAssetContract": (
            2,
            message((1, asset), (2, us), (3, TRON_CLIENTS[0]), (4, 5)),
            (),
        ),
        "VoteWitnessContract": (4, message((1, us), (2, message((1, them), (2, 1000)))), ("vote",)),
        "WitnessCreateContract": (5, message((1, us), (2, b"http://evil")), ()),
        "AssetIssueContract": (6, message((1, us), (2, b"EVIL"), (4, 10**9)), ()),
        "ParticipateAssetIssueContract": (9, message((1, us), (2, them), (3, asset), (4, SUN)), ()),
        "AccountUpdateContract": (10, message((1, b"name"), (2, us)), ()),
        "FreezeBalanceContract": (
            11,
            message((1, us), (2, 10**9), (3, 3), (10, 1), (15, them)),
            ("freez",),
        ),
        "UnfreezeBalanceContract": (12, message((1, us), (10, 1)), ("freez",)),
        "WithdrawBalanceContract": (13, message((1, us)), ()),
        "ProposalCreateContract": (16, message((1, us)), ()),
        "SetAccountIdContract": (19, message((1, b"vault"), (2, us)), ()),
        "CreateSmartContract": (30, message((1, us), (2, code)), ("contract",)),
        "UpdateSettingContract": (33, message((1, us), (2, TRON_USDT), (3, 100)), ()),
        "ExchangeTransactionContract": (
            44,
            message((1, us), (2, 1), (3, b"_"), (4, SUN), (5, 1)),
            (),
        ),
        "UpdateEnergyLimitContract": (45, message((1, us), (2, TRON_USDT), (3, 1)), ()),
        "AccountPermissionUpdateContract": (
            46,
            message((1, us), (2, owner), (4, active)),
            ("permission",),
        ),
        "ClearABIContract": (48, message((1, us), (2, TRON_USDT)), ()),
        "UpdateBrokerageContract": (49, message((1, us), (2, 1)), ()),
        "ShieldedTransferContract": (51, message((1, us), (2, SUN)), ()),
        "MarketSellAssetContract": (
            52,
            message((1, us), (2, b"_"), (3, SUN), (4, asset), (5, 1)),
            (),
        ),
        "MarketCancelOrderContract": (53, message((1, us), (2, b"order")), ()),
        "FreezeBalanceV2Contract": (54, message((1, us), (2, 10**9), (3, 1)), ("freez",)),
        "UnfreezeBalanceV2Contract": (55, message((1, us), (2, 10**9), (3, 1)), ("freez",)),
        "WithdrawExpireUnfreezeContract": (56, message((1, us)), ()),
        "DelegateResourceContract": (
            57,
            message((1, us), (2, 1), (3, 10**9), (4, them), (5, 1)),
            ("delegat",),
        ),
        "UnDelegateResourceContract": (
            58,
            message((1, us), (2, 1), (3, 10**9), (4, them)),
            ("delegat",),
        ),
        "CancelAllUnfreezeV2Contract": (59, message((1, us)), ()),
        "FutureContract": (77, message((1, us), (2, them)), ()),
    }
    for name, (kind, body, says) in bodies.items():
        data = around(contract(kind, name, body))
        short = name.removesuffix("Contract").lower()
        yield case(f"type-{short}", data, "reject", f"{name} is no transfer", FORBIDDEN, says=says)
    data = around(
        contract(46, "AccountPermissionUpdateContract", message((1, us), (2, owner))),
        memo=b"KYC verification",
    )
    yield case(
        "type-permission-with-memo", data, "reject", "a takeover dressed as verification", FORBIDDEN
    )
    data = around(
        packed(transfer(SUN)).SerializeToString(),
        contract(46, "AccountPermissionUpdateContract", message((1, us), (4, active))),
    )
    yield case(
        "type-hidden-second",
        data,
        "reject",
        "a takeover behind a transfer",
        (*FORBIDDEN, "UNSUPPORTED"),
        says=("permission",),
    )
