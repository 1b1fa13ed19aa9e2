"""TRON transfers whose fields, recipient, token or call condemn them."""

from collections.abc import Iterator

from tronpy.proto import tron_pb2

from tests.attacks.case import Case
from tests.attacks.tron import (
    FORBIDDEN,
    SUN,
    case,
    packed,
    raw_data,
    tokens,
    transfer,
)
from tests.attacks.world import (
    TRON_ATTACKER,
    TRON_CLIENTS,
    TRON_USDT,
    TRON_VAULT,
    tron_text,
)


def cases() -> Iterator[Case]:
    yield from _fields()
    yield from _destinations()


def _fields() -> Iterator[Case]:
    two = raw_data(transfer(SUN), transfer(SUN, TRON_ATTACKER))
    yield case(
        "two-contracts",
        two,
        "reject",
        "a second contract to the attacker",
        ("UNSUPPORTED", *FORBIDDEN),
        says=(tron_text(TRON_ATTACKER),),
    )
    yield case(
        "same-contract-twice",
        raw_data(transfer(SUN), transfer(SUN)),
        "reject",
        "pays twice",
        ("UNSUPPORTED", *FORBIDDEN),
    )
    yield case(
        "no-contract",
        raw_data(),
        "reject",
        "does nothing",
        ("UNSUPPORTED", "TRANSFER-ZERO", *FORBIDDEN),
    )
    for permission in (2, 1, 9, -1):
        data = raw_data(packed(transfer(SUN), permission))
        yield case(
            f"permission-{permission}",
            data,
            "reject",
            f"Permission_id {permission} is not the registered one",
            (
                "PERMISSION-MISMATCH",
                "PERMISSION-ID",
                "PERMISSION",
                "ACCOUNT-UNKNOWN",
                "ACCOUNT-MISMATCH",
                "UNSUPPORTED",
            ),
            says=("permission",),
        )
    fee = ("FEE-CEILING",)
    for name, limit in (("121", 121 * SUN), ("5000", 5_000 * SUN), ("max", 2**63 - 1)):
        yield case(
            f"fee-limit-{name}",
            raw_data(tokens(SUN), fee_limit=limit),
            "reject",
            "over 120 TRX",
            fee,
            also_ok=("warn",) if name == "121" else (),
        )
    yield case(
        "fee-limit-on-trx-bomb",
        raw_data(transfer(SUN), fee_limit=5_000 * SUN),
        "reject",
        "5,000 TRX on a plain transfer",
        fee,
        also_ok=("warn", "accept"),
    )
    yield case(
        "fee-limit-negative",
        raw_data(tokens(SUN), fee_limit=-1),
        "reject",
        "a negative fee limit",
        ("AMOUNT-INVALID",),
    )
    for name, other in {
        "provider": {"provider": b"evil"},
        "contract-name": {"ContractName": b"Transfer"},
    }.items():
        contract = packed(transfer(SUN))
        for key, value in other.items():
            setattr(contract, key, value)
        yield case(
            f"field-{name}",
            raw_data(contract),
            "reject",
            f"{name} has no meaning in a transfer",
            ("UNSUPPORTED", *FORBIDDEN),
        )
    yield case(
        "field-scripts",
        raw_data(transfer(SUN), scripts=b"\x51"),
        "reject",
        "scripts",
        ("UNSUPPORTED", *FORBIDDEN),
    )
    yield case(
        "field-ref-block-num",
        raw_data(transfer(SUN), ref_block_num=7),
        "reject",
        "ref_block_num is not written today",
        ("UNSUPPORTED", *FORBIDDEN),
        also_ok=("accept", "warn"),
    )
    auths = tron_pb2.Transaction.raw.FromString(raw_data(transfer(SUN)))
    auths.auths.add().permission_name = b"owner"
    yield case(
        "field-auths",
        auths.SerializeToString(),
        "reject",
        "authorities",
        ("UNSUPPORTED", *FORBIDDEN),
    )


def _destinations() -> Iterator[Case]:
    listed = ("WHITELIST",)
    near = TRON_CLIENTS[0][:3] + TRON_ATTACKER[3:19] + TRON_CLIENTS[0][19:]
    for name, to in {
        "unlisted": TRON_ATTACKER,
        "self": TRON_VAULT,
        "zero": b"\x41" + bytes(20),
        "token": TRON_USDT,
        "poisoned": near,
    }.items():
        yield case(
            f"dest-{name}",
            raw_data(transfer(SUN, to)),
            "reject",
            f"TRX to {name}",
            listed,
            also_ok=("warn",) if name == "self" else (),
        )
        yield case(
            f"dest-usdt-{name}",
            raw_data(tokens(SUN, to), fee_limit=30 * SUN),
            "reject",
            f"USDT to {name}",
            listed,
            also_ok=("warn",) if name == "self" else (),
        )
    other = transfer(SUN, owner=TRON_ATTACKER)
    yield case(
        "owner-foreign", raw_data(other), "reject", "another account pays", ("ACCOUNT-UNKNOWN",)
    )
    short = {
        "to-20-bytes": transfer(SUN, TRON_CLIENTS[0][1:]),
        "to-22-bytes": transfer(SUN, TRON_CLIENTS[0] + b"\0"),
        "to-testnet": transfer(SUN, b"\xa0" + TRON_CLIENTS[0][1:]),
        "to-missing": transfer(SUN, b""),
    }
    for name, contract in short.items():
        yield case(
            name,
            raw_data(contract),
            "reject",
            name,
            ("UNSUPPORTED", "CHAIN-MISMATCH", "WHITELIST", "MALFORMED", *FORBIDDEN),
        )
    limit = ("LIMIT-PER-TRANSACTION",)
    yield case(
        "over-limit-trx", raw_data(transfer(8_000_000 * SUN + 1)), "reject", "one sun over", limit
    )
    yield case(
        "over-limit-usdt",
        raw_data(tokens(3_000_000 * SUN + 1), fee_limit=SUN),
        "reject",
        "one unit over",
        limit,
    )
    yield case(
        "over-limit-max",
        raw_data(tokens(2**256 - 1), fee_limit=SUN),
        "reject",
        "the whole range",
        limit,
    )
    yield case(
        "amount-negative",
        raw_data(transfer(-1)),
        "reject",
        "a negative amount",
        ("AMOUNT-INVALID",),
    )
    yield case(
        "amount-zero",
        raw_data(transfer(0)),
        "reject",
        "pays nothing",
        ("TRANSFER-ZERO",),
        also_ok=("warn",),
    )
    yield case(
        "usdt-zero",
        raw_data(tokens(0), fee_limit=SUN),
        "reject",
        "moves no token",
        ("TRANSFER-ZERO",),
        also_ok=("warn",),
    )
