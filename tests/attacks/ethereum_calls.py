"""Ethereum calls that are no plain transfer: each must be refused and explained."""

from collections.abc import Iterator
from typing import Any

from eth_abi.abi import encode as abi_encode

from tests.attacks.case import Case
from tests.attacks.ethereum import (
    ETHER,
    FORBIDDEN,
    calldata,
    case,
    raw,
    token_transfer,
    transaction,
)
from tests.attacks.world import (
    ERC20,
    ETHEREUM_ATTACKER,
    ETHEREUM_CLIENTS,
    ETHEREUM_KEY,
    seed,
)

THEM, US, CLIENT = ETHEREUM_ATTACKER, ETHEREUM_KEY.address, ETHEREUM_CLIENTS[0]
USDT, USDC = raw(ERC20["USDT"][0]), raw(ERC20["USDC"][0])
PERMIT2 = raw("0x000000000022D473030F116dDEE9F6B43aC78BA3")
MULTISEND = "0x40A2aCCbd92BCA938b02010E17A5b8929b49130D"
NOBODY = "0x" + "00" * 20
MOST = 2**256 - 1
UINT160 = 2**160 - 1
SAFE = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"


def cases() -> Iterator[Case]:
    yield from _calls()


def _calls() -> Iterator[Case]:
    word, blob = seed("word"), b"\x01\x02\x03"
    calls: dict[str, tuple[bytes, str, tuple[Any, ...], tuple[str, ...]]] = {
        "approve-max": (USDT, "approve(address,uint256)", (THEM, MOST), ("approv", THEM)),
        "approve-some": (USDT, "approve(address,uint256)", (THEM, 10**9), ("approv", THEM)),
        "approve-to-client": (USDT, "approve(address,uint256)", (CLIENT, 10**9), ("approv",)),
        "approve-zero": (USDT, "approve(address,uint256)", (THEM, 0), ("approv",)),
        "increase-allowance": (
            USDC,
            "increaseAllowance(address,uint256)",
            (THEM, MOST),
            ("allowance", THEM),
        ),
        "decrease-allowance": (
            USDC,
            "decreaseAllowance(address,uint256)",
            (THEM, 1),
            ("allowance",),
        ),
        "increase-approval": (USDC, "increaseApproval(address,uint256)", (THEM, 1), ()),
        "transfer-from": (
            USDT,
            "transferFrom(address,address,uint256)",
            (US, THEM, 10**9),
            ("transferFrom", THEM),
        ),
        "transfer-from-client": (
            USDT,
            "transferFrom(address,address,uint256)",
            (US, CLIENT, 10**9),
            ("transferFrom",),
        ),
        "set-approval-for-all": (
            raw(THEM),
            "setApprovalForAll(address,bool)",
            (THEM, True),
            ("setApprovalForAll", THEM),
        ),
        "permit-on-chain": (
            USDC,
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
            (US, THEM, MOST, MOST, 27, word, word),
            ("permit", THEM),
        ),
        "dai-permit": (
            raw(ERC20["DAI"][0]),
            "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
            (US, THEM, 0, 0, True, 27, word, word),
            ("permit",),
        ),
        "permit2-approve": (
            PERMIT2,
            "approve(address,address,uint160,uint48)",
            (ERC20["USDT"][0], THEM, UINT160, 2**48 - 1),
            (THEM,),
        ),
        "permit2-transfer-from": (
            PERMIT2,
            "transferFrom(address,address,uint160,address)",
            (US, THEM, 10**9, ERC20["USDT"][0]),
            (THEM,),
        ),
        "transfer-and-call": (
            USDC,
            "transferAndCall(address,uint256,bytes)",
            (THEM, 10**9, blob),
            (),
        ),
        "erc721-safe-transfer": (
            raw(THEM),
            "safeTransferFrom(address,address,uint256)",
            (US, THEM, 1),
            (),
        ),
        "erc721-safe-transfer-data": (
            raw(THEM),
            "safeTransferFrom(address,address,uint256,bytes)",
            (US, THEM, 1, blob),
            (),
        ),
        "erc1155-batch": (
            raw(THEM),
            "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
            (US, THEM, [1], [1], b""),
            (),
        ),
        "erc777-send": (USDC, "send(address,uint256,bytes)", (CLIENT, 10**9, b""), ()),
        "transfer-with-authorization": (
            USDC,
            "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
            (US, THEM, 1, 0, MOST, word, 27, word, word),
            (),
        ),
        "transfer-ownership": (
            raw(THEM),
            "transferOwnership(address)",
            (THEM,),
            ("transferOwnership", THEM),
        ),
        "renounce-ownership": (raw(THEM), "renounceOwnership()", (), ("renounceOwnership",)),
        "accept-ownership": (raw(THEM), "acceptOwnership()", (), ()),
        "upgrade-to": (raw(THEM), "upgradeTo(address)", (THEM,), ("upgradeTo", THEM)),
        "upgrade-to-and-call": (
            raw(THEM),
            "upgradeToAndCall(address,bytes)",
            (THEM, blob),
            ("upgradeTo", THEM),
        ),
        "proxy-admin-upgrade": (
            raw(THEM),
            "upgradeAndCall(address,address,bytes)",
            (CLIENT, THEM, blob),
            (),
        ),
        "change-admin": (raw(THEM), "changeAdmin(address)", (THEM,), ()),
        "initialize": (raw(THEM), "initialize(address)", (THEM,), ()),
        "init-wallet": (
            raw(THEM),
            "initWallet(address[],uint256,uint256)",
            ([THEM], 1, 10**30),
            (),
        ),
        "grant-role": (raw(THEM), "grantRole(bytes32,address)", (word, THEM), ()),
        "mint": (USDC, "mint(address,uint256)", (THEM, 10**9), ()),
        "burn": (USDC, "burn(uint256)", (10**9,), ()),
        "weth-deposit": (raw(THEM), "deposit()", (), ()),
        "weth-withdraw": (raw(THEM), "withdraw(uint256)", (ETHER,), ()),
        "delegate-votes": (USDC, "delegate(address)", (THEM,), ()),
        "claim-drainer": (raw(THEM), "claim()", (), ()),
        "security-update": (raw(THEM), "SecurityUpdate()", (), ()),
        "swap": (
            raw(THEM),
            "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
            (1, 0, [ERC20["USDT"][0], THEM], THEM, MOST),
            (),
        ),
        "universal-router": (
            raw(THEM),
            "execute(bytes,bytes[],uint256)",
            (b"\x0a", [word], MOST),
            (),
        ),
        "multicall": (
            raw(THEM),
            "multicall(bytes[])",
            ([token_transfer("USDT", 1, THEM)],),
            ("multicall",),
        ),
        "multicall-deadline": (
            raw(THEM),
            "multicall(uint256,bytes[])",
            (MOST, [blob]),
            ("multicall",),
        ),
        "aggregate": (
            raw(THEM),
            "aggregate((address,bytes)[])",
            ([(ERC20["USDT"][0], token_transfer("USDT", 1, THEM))],),
            (),
        ),
        "4337-handle-ops": (raw(THEM), "execute(address,uint256,bytes)", (THEM, ETHER, b""), ()),
        "transfer-selector-on-nft": (raw(THEM), "transfer(address,uint256)", (THEM, 1), ()),
    }
    for name, (to, signature, arguments, says) in calls.items():
        data = transaction(to, data=calldata(signature, *arguments), gas=200_000)
        cause = (*FORBIDDEN, "TOKEN-UNKNOWN") if "transfer-selector" in name else FORBIDDEN
        yield case(name, data, "reject", f"{signature} is no transfer", cause, says=says)
    data = transaction(USDT, data=bytes.fromhex("deadbeef") + bytes(64))
    yield case(
        "unknown-selector", data, "reject", "an unknown selector", FORBIDDEN, says=("0xdeadbeef",)
    )


def packed(types: list[str], values: list[Any]) -> bytes:
    return bytes(abi_encode(types, values))
