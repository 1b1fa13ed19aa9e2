"""What a contract call that is refused would have done, in words.

The table knows functions by their canonical signature, as TRC-20 tokens and the contracts around
them have them. Nothing here makes a call acceptable: a function that is missing is refused all the
same, only with less said about it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.chains.tron.address import PREFIX, spell_address
from appliance.chains.tron.words import trx
from appliance.codecs import abi
from appliance.errors import MalformedTransaction
from appliance.hashes import keccak256
from appliance.model.money import Asset, format_amount

SELECTOR_BYTES = 4
UNLIMITED = 1 << 159
"""Base units beyond any token's supply: half of the narrowest type that allowances are kept in."""
MAX_ARGUMENTS = 240
"""Characters that a list of arguments may take in a message."""
PREFIXED = bytes(11) + PREFIX
"""How a word begins into which an address was put whole, with its prefix; the padding is then not
clean, but contracts that mask it take it for the address all the same."""

Say = Callable[..., str]
"""The token, and the function's arguments as `abi.decode` reads them, to one clause."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that contracts are known to have. `says` is None where the arguments suffice."""

    name: str
    signature: str
    types: tuple[abi.Type, ...]
    says: Say | None


def explain_call(token: Asset, calldata: bytes) -> str:
    """Return one clause that says what a call does, as far as that is known.

    `token` is the contract that is called; its decimals are None where it is not pinned.
    """
    selector, arguments = calldata[:SELECTOR_BYTES], calldata[SELECTOR_BYTES:]
    if not calldata:
        return "a call without calldata"
    if len(selector) < SELECTOR_BYTES:
        return f"calldata of {len(calldata)} bytes, too short to name a function"
    function = FUNCTIONS.get(selector)
    if function is None:
        return f"an unknown function 0x{selector.hex()} with {len(arguments):,} bytes of arguments"
    try:
        values, end = abi.decode_prefix(function.types, _unprefixed(function.types, arguments))
    except MalformedTransaction as broken:
        return f"{function.signature}, but its arguments are not what it takes: {broken.what}"
    rest = f", then {len(arguments) - end:,} bytes more" if end < len(arguments) else ""
    if function.says is None:
        return f"{function.name}({_list_values(values)}){rest}"
    return f"{function.says(token, *values)}{rest}"


def _unprefixed(types: tuple[abi.Type, ...], arguments: bytes) -> bytes:
    """Clean the padding of leading addresses that carry their prefix."""
    cleaned = bytearray(arguments)
    for index, kind in enumerate(types):
        at = index * abi.WORD_BYTES
        if isinstance(kind, abi.Tuple | abi.FixedArray):
            break
        if isinstance(kind, abi.Address) and cleaned.startswith(PREFIXED, at):
            cleaned[at : at + len(PREFIXED)] = bytes(len(PREFIXED))
    return bytes(cleaned)


def _list_values(values: tuple[abi.Value, ...]) -> str:
    listed = ", ".join(map(_show, values))
    return listed if len(listed) <= MAX_ARGUMENTS else f"{len(values)} arguments"


def _show(value: abi.Value) -> str:
    """Write an argument without quoting text or bytes that anybody could have chosen."""
    match value:
        case bytes() if len(value) == 20:
            return _spell(value)
        case bytes() if len(value) <= 32:
            return f"0x{value.hex()}"
        case bytes():
            return f"{len(value):,} bytes"
        case str():
            return f"a text of {len(value):,} characters"
        case tuple():
            return f"[{', '.join(map(_show, value))}]"
        case _:
            return str(value)


def _spell(address: bytes) -> str:
    return spell_address(PREFIX + address)


def _amount(token: Asset, units: int) -> str:
    if units >= UNLIMITED:
        return f"an unlimited amount of {token.symbol}"
    return format_amount(units, token)


def _transfer(token: Asset, to: bytes, amount: int) -> str:
    return f"transfer of {_amount(token, amount)} to {_spell(to)}"


def _transfer_from(token: Asset, owner: bytes, to: bytes, amount: int) -> str:
    return f"transferFrom: {_amount(token, amount)} of {_spell(owner)} to {_spell(to)}"


def _approve(token: Asset, spender: bytes, amount: int) -> str:
    if amount >= UNLIMITED:
        return f"unlimited approval of {token.symbol} to {_spell(spender)}"
    return f"approval of {_amount(token, amount)} to {_spell(spender)}"


def _increase_approval(token: Asset, spender: bytes, amount: int) -> str:
    return f"increaseApproval, a further {_approve(token, spender, amount)}"


def _permit(token: Asset, owner: bytes, spender: bytes, amount: int, *_: object) -> str:
    return f"permit by {_spell(owner)}: {_approve(token, spender, amount)}"


def _approve_for_all(_: Asset, operator: bytes, approved: bool) -> str:  # noqa: FBT001
    # The flag is an argument of the contract's function, in that function's order.
    extent = "every" if approved else "no"
    return f"setApprovalForAll: {extent} token of this contract may be taken by {_spell(operator)}"


def _upgrade(_: Asset, implementation: bytes, *call: bytes) -> str:
    initialised = f", then {len(call[0]):,} bytes of calldata run in it" if call else ""
    return f"upgrade of the contract to the code of {_spell(implementation)}{initialised}"


def _transfer_ownership(_: Asset, owner: bytes) -> str:
    return f"transferOwnership of the contract to {_spell(owner)}"


def _execute(_: Asset, to: bytes, value: int, data: bytes) -> str:
    return f"a call passed on to {_spell(to)} with {trx(value)} and {len(data):,} bytes of calldata"


_AUTHORIZED = "address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32"

_KNOWN: tuple[tuple[str, Say | None], ...] = (
    # TRC-20 with the extensions that tokens on the network have
    ("transfer(address,uint256)", _transfer),
    ("transferFrom(address,address,uint256)", _transfer_from),
    ("approve(address,uint256)", _approve),
    ("increaseApproval(address,uint256)", _increase_approval),
    ("decreaseApproval(address,uint256)", None),
    ("increaseAllowance(address,uint256)", _increase_approval),
    ("decreaseAllowance(address,uint256)", None),
    ("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", _permit),
    (f"transferWithAuthorization({_AUTHORIZED})", None),
    ("approveAndCall(address,uint256,bytes)", None),
    ("transferAndCall(address,uint256,bytes)", None),
    ("mint(address,uint256)", None),
    ("burn(uint256)", None),
    ("burnFrom(address,uint256)", None),
    ("issue(uint256)", None),
    ("redeem(uint256)", None),
    ("deprecate(address)", None),
    ("setParams(uint256,uint256)", None),
    ("addBlackList(address)", None),
    ("removeBlackList(address)", None),
    ("destroyBlackFunds(address)", None),
    ("pause()", None),
    ("unpause()", None),
    # TRC-721 and TRC-1155
    ("setApprovalForAll(address,bool)", _approve_for_all),
    ("safeTransferFrom(address,address,uint256)", None),
    ("safeTransferFrom(address,address,uint256,bytes)", None),
    ("safeTransferFrom(address,address,uint256,uint256,bytes)", None),
    # Proxies, ownership and roles
    ("upgradeTo(address)", _upgrade),
    ("upgradeToAndCall(address,bytes)", _upgrade),
    ("changeAdmin(address)", None),
    ("transferOwnership(address)", _transfer_ownership),
    ("renounceOwnership()", None),
    ("acceptOwnership()", None),
    ("grantRole(bytes32,address)", None),
    ("revokeRole(bytes32,address)", None),
    # Calls passed on
    ("execute(address,uint256,bytes)", _execute),
    ("submitTransaction(address,uint256,bytes)", _execute),
    ("confirmTransaction(uint256)", None),
    ("multicall(bytes[])", None),
    ("aggregate((address,bytes)[])", None),
    # Wrapped coins, staking, exchanges
    ("deposit()", None),
    ("deposit(uint256)", None),
    ("withdraw(uint256)", None),
    ("stake(uint256)", None),
    ("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)", None),
    ("swapExactTokensForETH(uint256,uint256,address[],address,uint256)", None),
    ("swapExactETHForTokens(uint256,address[],address,uint256)", None),
)


def _function(signature: str, says: Say | None) -> Function:
    name, _, types = signature.partition("(")
    return Function(name, signature, abi.parse_types(types.removesuffix(")")), says)


FUNCTIONS: dict[bytes, Function] = {
    keccak256(signature.encode())[:SELECTOR_BYTES]: _function(signature, says)
    for signature, says in _KNOWN
}
"""Selector to function: the first four bytes of Keccak-256 of the canonical signature."""
