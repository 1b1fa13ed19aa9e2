"""Off-chain Ethereum signatures: none is ever made, each is explained."""

from collections.abc import Iterator
from typing import Any

from tests.attacks.case import Case, Table
from tests.attacks.world import (
    CHAIN_ID,
    ERC20,
    ETHEREUM_ATTACKER,
    ETHEREUM_CLIENTS,
    ETHEREUM_KEY,
    seed,
)

MESSAGE = ("MESSAGE-FORBIDDEN",)
THEM, US, NOBODY = ETHEREUM_ATTACKER, ETHEREUM_KEY.address, "0x" + "00" * 20
MOST = str(2**256 - 1)
DOMAIN_TYPES = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
    "salt": "bytes32",
}
TOKEN_PERMISSIONS = [("token", "address"), ("amount", "uint256")]


def members(pairs: list[tuple[str, str]]) -> list[Table]:
    return [{"name": name, "type": kind} for name, kind in pairs]


def typed(
    primary: str, types: dict[str, list[tuple[str, str]]], domain: Table, message: Table
) -> Table:
    declared = [(name, DOMAIN_TYPES[name]) for name in DOMAIN_TYPES if name in domain]
    return {
        "types": {
            "EIP712Domain": members(declared),
            **{name: members(pairs) for name, pairs in types.items()},
        },
        "primaryType": primary,
        "domain": domain,
        "message": message,
    }


def case(
    name: str, payload: Any, reason: str, *says: str, cause: tuple[str, ...] = MESSAGE
) -> Case:
    return Case(
        id=f"eth-712-{name}",
        kind="eth-eip712",
        encoding="json" if isinstance(payload, dict) else "text",
        payload=payload,
        expected="reject",
        reason=reason,
        cause=cause,
        says=says,
    )


def cases() -> Iterator[Case]:
    yield from _permits()
    yield from _orders()


def domain(name: str, contract: str, **more: Any) -> Table:
    return {"name": name, "version": "2", "chainId": CHAIN_ID, "verifyingContract": contract} | more


PERMIT = [(n, "address") for n in ("owner", "spender")] + [
    (n, "uint256") for n in ("value", "nonce", "deadline")
]


def permit(**other: Any) -> Table:
    message = {"owner": US, "spender": THEM, "value": MOST, "nonce": "0", "deadline": MOST} | other
    return typed("Permit", {"Permit": PERMIT}, domain("USD Coin", ERC20["USDC"][0]), message)


def _permits() -> Iterator[Case]:
    for name, other in {
        "unlimited": {},
        "limited": {"value": "1000000", "deadline": "1790000000"},
        "client": {"spender": ETHEREUM_CLIENTS[0]},
        "numbers": {"value": 10**6, "nonce": 3, "deadline": 1_790_000_000},
    }.items():
        spender = str(other.get("spender", THEM))
        yield case(f"permit-{name}", permit(**other), "ERC-2612", "permit", spender)
    dai = [
        ("holder", "address"),
        ("spender", "address"),
        ("nonce", "uint256"),
        ("expiry", "uint256"),
        ("allowed", "bool"),
    ]
    message = {"holder": US, "spender": THEM, "nonce": "0", "expiry": "0", "allowed": True}
    data = typed("Permit", {"Permit": dai}, domain("Dai Stablecoin", ERC20["DAI"][0]), message)
    yield case("permit-dai", data, "permit of DAI", "permit", THEM)
    permit2 = {
        "name": "Permit2",
        "chainId": CHAIN_ID,
        "verifyingContract": "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    }
    token = {"token": ERC20["USDT"][0], "amount": str(2**160 - 1)}
    details = [
        ("token", "address"),
        ("amount", "uint160"),
        ("expiration", "uint48"),
        ("nonce", "uint48"),
    ]
    single = [("details", "PermitDetails"), ("spender", "address"), ("sigDeadline", "uint256")]
    grant = token | {"expiration": "281474976710655", "nonce": "0"}
    data = typed(
        "PermitSingle",
        {"PermitSingle": single, "PermitDetails": details},
        permit2,
        {"details": grant, "spender": THEM, "sigDeadline": MOST},
    )
    yield case("permit2-single", data, "Permit2 allowance", THEM)
    batch = [("details", "PermitDetails[]"), *single[1:]]
    data = typed(
        "PermitBatch",
        {"PermitBatch": batch, "PermitDetails": details},
        permit2,
        {"details": [grant] * 3, "spender": THEM, "sigDeadline": MOST},
    )
    yield case("permit2-batch", data, "Permit2 allowances of several tokens", THEM)
    sent = [
        ("permitted", "TokenPermissions"),
        ("spender", "address"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    ]
    data = typed(
        "PermitTransferFrom",
        {"PermitTransferFrom": sent, "TokenPermissions": TOKEN_PERMISSIONS},
        permit2,
        {"permitted": token, "spender": THEM, "nonce": "1", "deadline": MOST},
    )
    yield case("permit2-transfer", data, "a Permit2 signature transfer", THEM)
    authorized = [
        ("from", "address"),
        ("to", "address"),
        ("value", "uint256"),
        ("validAfter", "uint256"),
        ("validBefore", "uint256"),
        ("nonce", "bytes32"),
    ]
    message = {
        "from": US,
        "to": THEM,
        "value": "1000000",
        "validAfter": "0",
        "validBefore": MOST,
        "nonce": "0x" + seed("auth").hex(),
    }
    for primary in ("TransferWithAuthorization", "ReceiveWithAuthorization"):
        data = typed(primary, {primary: authorized}, domain("USD Coin", ERC20["USDC"][0]), message)
        yield case(f"3009-{primary[0].lower()}", data, "ERC-3009: a transfer by signature", THEM)


def _orders() -> Iterator[Case]:
    transaction_type = [
        ("to", "address"),
        ("value", "uint256"),
        ("data", "bytes"),
        ("operation", "uint8"),
        ("safeTxGas", "uint256"),
        ("baseGas", "uint256"),
        ("gasPrice", "uint256"),
        ("gasToken", "address"),
        ("refundReceiver", "address"),
        ("nonce", "uint256"),
    ]
    for operation in (0, 1):
        message = {
            "to": THEM,
            "value": "0",
            "data": "0xa9059cbb",
            "operation": operation,
            "safeTxGas": "0",
            "baseGas": "0",
            "gasPrice": "0",
            "gasToken": NOBODY,
            "refundReceiver": NOBODY,
            "nonce": "12",
        }
        safe = {"chainId": CHAIN_ID, "verifyingContract": ETHEREUM_CLIENTS[1]}
        data = typed("SafeTx", {"SafeTx": transaction_type}, safe, message)
        yield case(
            f"safe-operation-{operation}",
            data,
            "SafeTx",
            "safe",
            *(("delegatecall",) if operation else ()),
        )
        data = typed(
            "SafeTx",
            {"SafeTx": transaction_type},
            {"verifyingContract": ETHEREUM_CLIENTS[1]},
            message,
        )
        yield case(f"safe-old-{operation}", data, "SafeTx of a Safe before 1.3.0", "safe")
    data = typed(
        "SafeMessage",
        {"SafeMessage": [("message", "bytes")]},
        {"chainId": CHAIN_ID, "verifyingContract": THEM},
        {"message": "0x" + seed("m").hex()},
    )
    yield case("safe-message", data, "a message in the name of a Safe")
    order = [
        ("offerer", "address"),
        ("zone", "address"),
        ("counter", "uint256"),
        ("price", "uint256"),
    ]
    data = typed(
        "OrderComponents",
        {"OrderComponents": order},
        domain("Seaport", THEM, version="1.6"),
        {"offerer": US, "zone": NOBODY, "counter": "0", "price": "0"},
    )
    yield case("seaport-order", data, "an order that sells for nothing")
    login = typed(
        "Login",
        {"Login": [("text", "string")]},
        {"name": "harmless"},
        {"text": "Sign in to our site"},
    )
    yield case("login", login, "a harmless looking sign-in")
    agent = [
        ("hyperliquidChain", "string"),
        ("destination", "address"),
        ("amount", "string"),
        ("time", "uint64"),
    ]
    data = typed(
        "HyperliquidTransaction:UsdSend",
        {"HyperliquidTransaction:UsdSend": agent},
        domain("HyperliquidSignTransaction", NOBODY),
        {"hyperliquidChain": "Mainnet", "destination": THEM, "amount": "1", "time": 1},
    )
    yield case("off-chain-send", data, "a payment on another ledger")
