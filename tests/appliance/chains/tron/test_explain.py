"""Every type of contract and call that is never signed is refused, and said what it would do."""

from typing import Any

import pytest
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from tests.appliance.chains.tron import world
from tests.appliance.chains.tron.world import (
    CLIENT,
    SOURCE,
    STRANGER,
    SUN,
    USDT,
    decode,
    message,
    rules,
    says,
)

OPERATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "AccountCreateContract": ({"account_address": CLIENT}, f"creates the account {CLIENT}"),
    "TransferAssetContract": (
        {"asset_name": b"1002000", "to_address": CLIENT, "amount": 4},
        f'transfers 4 base units of TRC-10 token "1002000" to {CLIENT}',
    ),
    "VoteAssetContract": (
        {"vote_address": [world.address(CLIENT)], "count": 5},
        f"votes 5 times for the assets of {CLIENT}",
    ),
    "VoteWitnessContract": (
        {"votes": [message("Vote", vote_address=CLIENT, vote_count=3)]},
        f"votes for {CLIENT} (3 votes)",
    ),
    "WitnessCreateContract": (
        {"url": b"http://x"},
        'super representative with the page "http://x"',
    ),
    "AssetIssueContract": (
        {"name": b"\x1b[8mX", "total_supply": 1000},
        r'issues the TRC-10 token "\u{1b}[8mX" with a supply of 1,000 base units',
    ),
    "WitnessUpdateContract": ({"update_url": b"http://y"}, 'page to "http://y"'),
    "ParticipateAssetIssueContract": (
        {"to_address": CLIENT, "asset_name": b"1002000", "amount": 5 * SUN},
        f'pays 5 TRX (5,000,000 base units) to {CLIENT} for TRC-10 token "1002000"',
    ),
    "AccountUpdateContract": ({"account_name": b"Treasury"}, 'names the account "Treasury"'),
    "FreezeBalanceContract": (
        {
            "frozen_balance": 10 * SUN,
            "frozen_duration": 3,
            "resource": 1,
            "receiver_address": CLIENT,
        },
        f"freezes 10 TRX (10,000,000 base units) for 3 days for energy, which goes to {CLIENT}",
    ),
    "UnfreezeBalanceContract": (
        {"resource": 1},
        "unfreezes what was frozen for energy of the account itself",
    ),
    "WithdrawBalanceContract": ({}, f"withdraws the rewards of {SOURCE}"),
    "UnfreezeAssetContract": ({}, f"unfreezes the TRC-10 supply of {SOURCE}"),
    "UpdateAssetContract": ({"url": b"http://z", "new_limit": 7}, "limits 7 and 0"),
    "ProposalCreateContract": (
        {"parameters": [message("Parameter", key=1, value=2)]},
        "proposes new parameters of the network",
    ),
    "ProposalApproveContract": (
        {"proposal_id": 9, "is_add_approval": True},
        "sets the approval of proposal 9 to True",
    ),
    "ProposalDeleteContract": ({"proposal_id": 9}, "deletes proposal 9"),
    "SetAccountIdContract": ({"account_id": b"treasury"}, 'gives the account the id "treasury"'),
    "CreateSmartContract": (
        {
            "new_contract": message(
                "SmartContract", bytecode=bytes(9), call_value=SUN, name="Vault"
            ),
            "call_token_value": 3,
            "token_id": 1_002_000,
        },
        'creates the contract "Vault" from 9 bytes of code with 1 TRX',
    ),
    "UpdateSettingContract": (
        {"contract_address": USDT, "consume_user_resource_percent": 100},
        f"callers of the contract {USDT} pay 100 % of its energy",
    ),
    "ExchangeCreateContract": (
        {
            "first_token_id": b"_",
            "first_token_balance": 5,
            "second_token_id": b"1002000",
            "second_token_balance": 6,
        },
        'makes an exchange of 5 base units of TRX and 6 base units of TRC-10 token "1002000"',
    ),
    "ExchangeInjectContract": (
        {"exchange_id": 6, "token_id": b"_", "quant": 7},
        "puts 7 base units of TRX into exchange 6",
    ),
    "ExchangeWithdrawContract": (
        {"exchange_id": 6, "token_id": b"_", "quant": 7},
        "takes 7 base units of TRX out of exchange 6",
    ),
    "ExchangeTransactionContract": (
        {"exchange_id": 6, "token_id": b"_", "quant": 7, "expected": 8},
        "sells 7 base units of TRX on exchange 6 for at least 8 base units",
    ),
    "UpdateEnergyLimitContract": (
        {"contract_address": USDT, "origin_energy_limit": 10},
        f"lets callers of the contract {USDT} use up to 10 energy",
    ),
    "ClearABIContract": (
        {"contract_address": USDT},
        f"clears the interface of the contract {USDT}",
    ),
    "UpdateBrokerageContract": ({"brokerage": 20}, "share to 20 %"),
    "MarketSellAssetContract": (
        {
            "sell_token_id": b"_",
            "sell_token_quantity": 5,
            "buy_token_id": b"1002000",
            "buy_token_quantity": 6,
        },
        'sells 5 base units of TRX for at least 6 base units of TRC-10 token "1002000"',
    ),
    "MarketCancelOrderContract": ({"order_id": b"\xab" * 4}, "cancels market order abababab"),
    "FreezeBalanceV2Contract": (
        {"frozen_balance": 50 * SUN, "resource": 1},
        "freezes 50 TRX (50,000,000 base units) for energy",
    ),
    "UnfreezeBalanceV2Contract": (
        {"unfreeze_balance": 10 * SUN},
        "unfreezes 10 TRX (10,000,000 base units) staked for bandwidth",
    ),
    "WithdrawExpireUnfreezeContract": ({}, f"withdraws the unfrozen TRX of {SOURCE}"),
    "DelegateResourceContract": (
        {
            "resource": 1,
            "balance": 5000 * SUN,
            "receiver_address": STRANGER,
            "lock": True,
            "lock_period": 86_400,
        },
        f"the energy of 5,000 TRX (5,000,000,000 base units) to {STRANGER}, locked for 86,400",
    ),
    "UnDelegateResourceContract": (
        {"balance": SUN, "receiver_address": STRANGER},
        f"takes back the bandwidth of 1 TRX (1,000,000 base units) delegated to {STRANGER}",
    ),
    "CancelAllUnfreezeV2Contract": ({}, f"freezes again all that {SOURCE} is unfreezing"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_refuses_and_explains_every_other_operation(name: str) -> None:
    fields, words = OPERATIONS[name]
    decoded = decode(world.operation(name, owner_address=SOURCE, **fields))
    assert rules(decoded) == {"OPERATION-FORBIDDEN"}
    assert f"{name}: " in says(decoded)
    assert words in says(decoded)
    assert decoded.format == f"tron-{name}"
    assert (decoded.account, decoded.source) == ("trx", SOURCE)
    assert (decoded.transfers, decoded.signing) == ((), ())


def test_knows_every_type_of_contract() -> None:
    elsewhere = {
        "TransferContract",
        "TriggerSmartContract",
        "AccountPermissionUpdateContract",
        "ShieldedTransferContract",
        "CustomContract",
        "GetContract",
    }
    assert OPERATIONS.keys() | elsewhere == world.NUMBERS.keys()


def test_explains_a_shielded_transfer() -> None:
    decoded = decode(
        world.operation(
            "ShieldedTransferContract", transparent_from_address=SOURCE, from_amount=SUN
        )
    )
    assert rules(decoded) == {"OPERATION-FORBIDDEN"}
    assert f"moves 1 TRX (1,000,000 base units) of {SOURCE} into the shielded pool" in says(decoded)
    assert decoded.account == "trx"


@pytest.mark.parametrize("name", ["CustomContract", "GetContract"])
def test_names_a_type_that_has_no_meaning(name: str) -> None:
    decoded = decode(world.raw(world.contract(name, b"\1\2")))
    assert rules(decoded) == {"OPERATION-FORBIDDEN"}
    assert f"{name}: a parameter of 2 bytes" in says(decoded)


@pytest.mark.parametrize("number", [7, 60, 99, 2**31 - 1, -1])
def test_names_the_number_of_an_unknown_type(number: int) -> None:
    decoded = decode(world.raw(world.contract("NewContract", b"", number=number)))
    assert "OPERATION-FORBIDDEN" in rules(decoded)
    assert f"unknown contract type {number}" in says(decoded)


@pytest.mark.parametrize("number", [0, 2, 3, 4, 30, 46, 54, 57])
def test_names_a_type_whose_parameter_cannot_be_read(number: int) -> None:
    (name,) = (name for name, own in world.NUMBERS.items() if own == number)
    decoded = decode(world.raw(world.contract(name, b"\x0a\x15short")))
    assert rules(decoded) == {"OPERATION-FORBIDDEN"}
    assert f"{name}: its parameter cannot be read" in says(decoded)
    assert decoded.source is None


def permission(kind: int, *keys: str, name: str = "", threshold: int = 1) -> Any:
    held = [message("Key", address=key, weight=1) for key in keys]
    return message(
        "Permission",
        type=kind,
        id=kind,
        permission_name=name,
        threshold=threshold,
        operations=bytes.fromhex("7fff1fc0033e") + bytes(26) if kind == 2 else b"",
        keys=held,
    )


def test_explains_who_takes_an_account_over() -> None:
    decoded = decode(
        world.operation(
            "AccountPermissionUpdateContract",
            owner_address=SOURCE,
            owner=permission(0, STRANGER, name="owner"),
            actives=[permission(2, STRANGER, SOURCE, name="active", threshold=2)],
        )
    )
    assert rules(decoded) == {"OPERATION-FORBIDDEN"}
    told = says(decoded)
    assert f"replaces every permission of {SOURCE}" in told
    assert f'owner permission "owner" goes to {STRANGER} with weight 1, threshold 1' in told
    assert (
        f'active permission 2 "active" goes to {STRANGER} with weight 1, {SOURCE} '
        "(the account itself) with weight 1, threshold 2, for 29 types of operation" in told
    )


def test_explains_a_bounded_part_of_a_huge_permission_update() -> None:
    many = permission(2, *[STRANGER] * 500)
    decoded = decode(
        world.operation(
            "AccountPermissionUpdateContract", owner_address=SOURCE, actives=[many] * 20
        )
    )
    assert "495 keys more" in says(decoded)
    assert "12 active permissions more" in says(decoded)
    assert len(decoded.findings) <= 11


def test_explains_a_bounded_part_of_many_votes() -> None:
    votes = [message("Vote", vote_address=CLIENT, vote_count=1)] * 30
    decoded = decode(world.operation("VoteWitnessContract", owner_address=SOURCE, votes=votes))
    assert "22 more" in says(decoded)


@pytest.mark.parametrize(("period", "words"), [(0, "locked for three days"), (5, "for 5 blocks")])
def test_says_how_long_a_delegation_is_locked(period: int, words: str) -> None:
    fields = {"owner_address": SOURCE, "receiver_address": CLIENT, "balance": 1}
    locked = world.operation("DelegateResourceContract", lock=True, lock_period=period, **fields)
    assert words in says(decode(locked))
    assert "not locked" in says(decode(world.operation("DelegateResourceContract", **fields)))


# Calls

ADDRESS = "0x" + world.address(STRANGER)[1:].hex()
UNLIMITED = (1 << 256) - 1

CALLS: dict[str, tuple[tuple[object, ...], str]] = {
    "approve(address,uint256)": ((ADDRESS, UNLIMITED), f"unlimited approval of USDT to {STRANGER}"),
    "increaseApproval(address,uint256)": (
        (ADDRESS, 5 * SUN),
        f"increaseApproval, a further approval of 5 USDT (5,000,000 base units) to {STRANGER}",
    ),
    "increaseAllowance(address,uint256)": ((ADDRESS, UNLIMITED), "unlimited approval of USDT"),
    "decreaseApproval(address,uint256)": ((ADDRESS, 1), f"decreaseApproval({STRANGER}, 1)"),
    "transferFrom(address,address,uint256)": (
        (ADDRESS, ADDRESS, SUN),
        f"transferFrom: 1 USDT (1,000,000 base units) of {STRANGER} to {STRANGER}",
    ),
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)": (
        (ADDRESS, ADDRESS, UNLIMITED, 0, 27, bytes(32), bytes(32)),
        f"permit by {STRANGER}: unlimited approval of USDT to {STRANGER}",
    ),
    "setApprovalForAll(address,bool)": (
        (ADDRESS, True),
        f"setApprovalForAll: every token of this contract may be taken by {STRANGER}",
    ),
    "transferOwnership(address)": (
        (ADDRESS,),
        f"transferOwnership of the contract to {STRANGER}",
    ),
    "upgradeTo(address)": ((ADDRESS,), f"upgrade of the contract to the code of {STRANGER}"),
    "upgradeToAndCall(address,bytes)": ((ADDRESS, b"abc"), "then 3 bytes of calldata run in it"),
    "execute(address,uint256,bytes)": (
        (ADDRESS, SUN, b"abc"),
        f"a call passed on to {STRANGER} with 1 TRX (1,000,000 base units) and 3 bytes",
    ),
    "mint(address,uint256)": ((ADDRESS, 9), f"mint({STRANGER}, 9)"),
    "multicall(bytes[])": (([b"a" * 40, b"b"],), "multicall([40 bytes, 0x62])"),
    "addBlackList(address)": ((ADDRESS,), f"addBlackList({STRANGER})"),
    "renounceOwnership()": ((), "renounceOwnership()"),
    "deposit()": ((), "deposit()"),
}


def calling(signature: str, values: tuple[object, ...]) -> bytes:
    types = [each for each in signature.partition("(")[2][:-1].split(",") if each]
    encoded: bytes = keccak(text=signature)[:4] + abi_encode(types, values)
    return encoded


@pytest.mark.parametrize("signature", CALLS)
def test_refuses_and_explains_every_other_call(signature: str) -> None:
    values, words = CALLS[signature]
    decoded = decode(world.call(calling(signature, values)))
    assert rules(decoded) == {"CONTRACT-FORBIDDEN"}
    assert f"it calls USDT at {USDT}: " in says(decoded)
    assert words in says(decoded)
    assert decoded.format == "tron-TriggerSmartContract"
    assert (decoded.transfers, decoded.signing) == ((), ())
    assert decoded.calldata_digest


def test_explains_an_approval_whose_address_carries_its_prefix() -> None:
    data = bytearray(calling(*("approve(address,uint256)", (ADDRESS, UNLIMITED))))
    data[15] = 0x41
    assert f"unlimited approval of USDT to {STRANGER}" in says(decode(world.call(bytes(data))))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "a call without calldata"),
        (b"\1", "calldata of 1 bytes, too short to name a function"),
        (bytes.fromhex("deadbeef") + bytes(32), "an unknown function 0xdeadbeef with 32 bytes"),
        (keccak(text="approve(address,uint256)")[:4], "arguments are not what it takes"),
        (
            calling("renounceOwnership()", ()) + b"\0\0",
            "renounceOwnership(), then 2 bytes more",
        ),
    ],
)
def test_explains_calls_that_are_not_quite_any(data: bytes, words: str) -> None:
    decoded = decode(world.call(data))
    assert rules(decoded) == {"CONTRACT-FORBIDDEN"}
    assert words in says(decoded)


def test_explains_a_call_of_an_unpinned_contract() -> None:
    decoded = decode(world.call(calling(*("approve(address,uint256)", (ADDRESS, 7))), token=CLIENT))
    assert f"it calls {CLIENT}: approval of 7 base units of this contract's token" in says(decoded)


def test_says_what_goes_along_with_a_refused_call() -> None:
    decoded = decode(world.call(calling("deposit()", ()), call_value=3 * SUN))
    assert "sends 3 TRX" in says(decoded)
