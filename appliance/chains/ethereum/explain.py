"""What a contract call that is refused would have done, in words.

The table knows functions by their canonical signature. Nothing here makes a call acceptable: a
function that is missing is refused all the same, only with less said about it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from appliance.chains.ethereum.address import spell_address
from appliance.codecs import abi
from appliance.errors import MalformedTransaction
from appliance.hashes import keccak256
from appliance.model.money import Asset, format_amount, native_asset
from appliance.wire.terms import Chain

SELECTOR_BYTES = 4
UNLIMITED = 1 << 159
"""Base units beyond any token's supply: half of the narrowest type that allowances are kept in."""
MAX_ARGUMENTS = 240
"""Characters that a list of arguments may take in a message."""


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract that is called; `token` is what it is pinned as, None where it is not pinned."""

    address: bytes
    network: str
    token: Asset | None

    @property
    def symbol(self) -> str:
        """The token's symbol, or words that say that there is none."""
        return self.token.symbol if self.token else "this contract's token"

    def amount(self, units: int) -> str:
        """Write an amount of the contract's token."""
        if units >= UNLIMITED:
            return f"an unlimited amount of {self.symbol}"
        token = self.token or Asset(Chain.ETHEREUM, self.network, None, self.symbol, None)
        return format_amount(units, token)

    def coins(self, wei: int) -> str:
        """Write an amount of the chain's own coin."""
        return format_amount(wei, native_asset(Chain.ETHEREUM, self.network))


Explanation = Callable[..., str]
"""The contract, and the function's arguments as `abi.decode` reads them, to one clause."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that contracts are known to have. `says` is None where the arguments suffice."""

    signature: str
    says: Explanation | None

    @property
    def name(self) -> str:
        """Its name without its types."""
        return self.signature.partition("(")[0]

    @property
    def types(self) -> tuple[abi.Type, ...]:
        """The types of its arguments."""
        return abi.parse_types(self.signature.partition("(")[2].removesuffix(")"))


def explain(contract: Contract, calldata: bytes) -> str:
    """Return one clause that says what a call does, as far as that is known."""
    selector, arguments = calldata[:SELECTOR_BYTES], calldata[SELECTOR_BYTES:]
    if len(selector) < SELECTOR_BYTES:
        return f"calldata of {len(calldata)} bytes, too short to name a function"
    function = FUNCTIONS.get(selector)
    if function is None:
        return f"an unknown function 0x{selector.hex()} with {len(arguments)} bytes of arguments"
    try:
        values, end = abi.decode_prefix(function.types, arguments)
    except MalformedTransaction as broken:
        return f"{function.signature}, but its arguments are not what it takes: {broken.what}"
    rest = f", then {len(arguments) - end} bytes more" if end < len(arguments) else ""
    if function.says is None:
        return f"{function.name}({_list_values(values)}){rest}"
    return f"{function.says(contract, *values)}{rest}"


def _list_values(values: tuple[abi.Value, ...]) -> str:
    listed = ", ".join(map(_show, values))
    return listed if len(listed) <= MAX_ARGUMENTS else f"{len(values)} arguments"


def _show(value: abi.Value) -> str:
    """Write an argument without quoting text or bytes that anybody could have chosen."""
    match value:
        case bytes() if len(value) == 20:
            return spell_address(value)
        case bytes() if len(value) <= 32:
            return f"0x{value.hex()}"
        case bytes():
            return f"{len(value)} bytes"
        case str():
            return f"a text of {len(value)} characters"
        case tuple():
            return f"[{', '.join(map(_show, value))}]"
        case _:
            return str(value)


def _transfer(contract: Contract, to: bytes, amount: int) -> str:
    return f"transfer of {contract.amount(amount)} to {spell_address(to)}"


def _transfer_from(contract: Contract, owner: bytes, to: bytes, amount: int) -> str:
    return (
        f"transferFrom: {contract.amount(amount)} of {spell_address(owner)} to {spell_address(to)}"
    )


def _approve(contract: Contract, spender: bytes, amount: int) -> str:
    if amount >= UNLIMITED:
        return f"unlimited approval of {contract.symbol} to {spell_address(spender)}"
    return f"approval of {contract.amount(amount)} to {spell_address(spender)}"


def _increase_allowance(contract: Contract, spender: bytes, amount: int) -> str:
    return f"increaseAllowance, a further {_approve(contract, spender, amount)}"


def _permit(contract: Contract, owner: bytes, spender: bytes, amount: int, *_: object) -> str:
    return f"permit by {spell_address(owner)}: {_approve(contract, spender, amount)}"


def _permit_all(
    contract: Contract, owner: bytes, spender: bytes, _nonce: int, _expiry: int, *rest: object
) -> str:
    amount = UNLIMITED if rest[0] else 0
    return f"permit by {spell_address(owner)}: {_approve(contract, spender, amount)}"


def _authorized_transfer(
    contract: Contract, owner: bytes, to: bytes, amount: int, *_: object
) -> str:
    return f"transfer by authorization: {_transfer_from(contract, owner, to, amount)}"


def _approve_for_all(_: Contract, operator: bytes, approved: bool) -> str:  # noqa: FBT001
    # The flag is an argument of the contract's function, in that function's order.
    extent = "every" if approved else "no"
    return (
        f"setApprovalForAll: {extent} token of this contract may be taken by"
        f" {spell_address(operator)}"
    )


def _permit2_approve(_: Contract, token: bytes, spender: bytes, amount: int, *_rest: object) -> str:
    extent = "unlimited approval" if amount >= UNLIMITED else f"approval of {amount:,} base units"
    return f"Permit2 {extent} of token {spell_address(token)} to {spell_address(spender)}"


def _permit2_permit(
    contract: Contract,
    owner: bytes,
    permit: tuple[tuple[bytes, int, int, int], bytes, int],
    _signature: bytes,
) -> str:
    (token, amount, *_), spender, _deadline = permit
    approval = _permit2_approve(contract, token, spender, amount)
    return f"permit by {spell_address(owner)}: {approval}"


def _execute_safe(
    contract: Contract, to: bytes, value: int, data: bytes, operation: int, *_: object
) -> str:
    how = {0: "a CALL", 1: "a DELEGATECALL"}.get(operation, f"unknown operation {operation}")
    return (
        f"execTransaction of a Safe: {how} to {spell_address(to)}"
        f" with {contract.coins(value)} and {len(data)} bytes of calldata"
    )


def _multi_send(_: Contract, transactions: bytes) -> str:
    return f"multiSend: {len(transactions)} bytes of packed calls, made by DELEGATECALL"


def _execute(contract: Contract, to: bytes, value: int, data: bytes) -> str:
    return (
        f"a call passed on to {spell_address(to)}"
        f" with {contract.coins(value)} and {len(data)} bytes of calldata"
    )


def _upgrade(_: Contract, implementation: bytes, *call: bytes) -> str:
    initialised = f", then {len(call[0])} bytes of calldata run in it" if call else ""
    return f"upgrade of the contract to the code of {spell_address(implementation)}{initialised}"


def _transfer_ownership(_: Contract, owner: bytes) -> str:
    return f"transferOwnership of the contract to {spell_address(owner)}"


_PERMIT2_DETAILS = "(address,uint160,uint48,uint48)"
_AUTHORIZED = "address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32"
_SAFE_REFUND = "uint256,uint256,uint256,address,address,bytes"

_KNOWN: tuple[tuple[str, Explanation | None], ...] = (
    # ERC-20 with its extensions (ERC-677, ERC-1363, ERC-2612, ERC-3009)
    ("transfer(address,uint256)", _transfer),
    ("transferFrom(address,address,uint256)", _transfer_from),
    ("approve(address,uint256)", _approve),
    ("increaseAllowance(address,uint256)", _increase_allowance),
    ("decreaseAllowance(address,uint256)", None),
    ("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", _permit),
    ("permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)", _permit_all),
    (f"transferWithAuthorization({_AUTHORIZED})", _authorized_transfer),
    (f"receiveWithAuthorization({_AUTHORIZED})", _authorized_transfer),
    ("approveAndCall(address,uint256,bytes)", None),
    ("transferAndCall(address,uint256,bytes)", None),
    ("mint(address,uint256)", None),
    ("burn(uint256)", None),
    ("burnFrom(address,uint256)", None),
    # ERC-721 and ERC-1155
    ("setApprovalForAll(address,bool)", _approve_for_all),
    ("safeTransferFrom(address,address,uint256)", None),
    ("safeTransferFrom(address,address,uint256,bytes)", None),
    ("safeTransferFrom(address,address,uint256,uint256,bytes)", None),
    ("safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", None),
    # Permit2
    ("approve(address,address,uint160,uint48)", _permit2_approve),
    (f"permit(address,({_PERMIT2_DETAILS},address,uint256),bytes)", _permit2_permit),
    (f"permit(address,({_PERMIT2_DETAILS}[],address,uint256),bytes)", None),
    ("transferFrom(address,address,uint160,address)", None),
    # Safe
    (f"execTransaction(address,uint256,bytes,uint8,{_SAFE_REFUND})", _execute_safe),
    ("execTransactionFromModule(address,uint256,bytes,uint8)", _execute_safe),
    ("multiSend(bytes)", _multi_send),
    ("approveHash(bytes32)", None),
    ("addOwnerWithThreshold(address,uint256)", None),
    ("removeOwner(address,address,uint256)", None),
    ("swapOwner(address,address,address)", None),
    ("changeThreshold(uint256)", None),
    ("enableModule(address)", None),
    ("disableModule(address,address)", None),
    ("setGuard(address)", None),
    ("setFallbackHandler(address)", None),
    ("setup(address[],uint256,address,bytes,address,address,uint256,address)", None),
    # Proxies, ownership and roles
    ("upgradeTo(address)", _upgrade),
    ("upgradeToAndCall(address,bytes)", _upgrade),
    ("changeAdmin(address)", None),
    ("transferOwnership(address)", _transfer_ownership),
    ("renounceOwnership()", None),
    ("acceptOwnership()", None),
    ("setOwner(address)", None),
    ("grantRole(bytes32,address)", None),
    ("revokeRole(bytes32,address)", None),
    # Calls passed on
    ("execute(address,uint256,bytes)", _execute),
    ("submitTransaction(address,uint256,bytes)", _execute),
    ("confirmTransaction(uint256)", None),
    ("multicall(bytes[])", None),
    ("aggregate((address,bytes)[])", None),
    ("execute(bytes,bytes[],uint256)", None),
    # Wrapped coins, staking
    ("deposit()", None),
    ("withdraw(uint256)", None),
    ("deposit(bytes,bytes,bytes,bytes32)", None),
)

FUNCTIONS: dict[bytes, Function] = {
    keccak256(signature.encode())[:SELECTOR_BYTES]: Function(signature, says)
    for signature, says in _KNOWN
}
"""Selector to function: the first four bytes of Keccak-256 of the canonical signature."""
