"""What calls of tokens do: ERC-20 and its extensions, collectibles, vaults, Permit2."""

from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.contract import (
    UNLIMITED,
    Contract,
    Known,
    amount_of_token,
    until,
)


def approval(contract: Contract, spender: bytes, amount: int) -> str:
    """Say what an allowance gives."""
    if amount >= UNLIMITED:
        return f"unlimited approval of {contract.symbol} to {spell_address(spender)}"
    if amount == 0:
        return f"approval of {contract.symbol} taken back from {spell_address(spender)}"
    return f"approval of {contract.amount(amount)} to {spell_address(spender)}"


def token_approval(contract: Contract, token: bytes, spender: bytes, amount: int) -> str:
    """Say what an allowance of a named token gives."""
    if contract.at(token).token:
        return approval(contract.at(token), spender, amount)
    kind = "unlimited approval" if amount >= UNLIMITED else f"approval of {amount:,} base units"
    return f"{kind} of token {spell_address(token)} to {spell_address(spender)}"


def moved(contract: Contract, owner: bytes, to: bytes, amount: int) -> str:
    """Say what is taken from one account and given to another."""
    return f"{contract.amount(amount)} of {spell_address(owner)} to {spell_address(to)}"


def _transfer(contract: Contract, to: bytes, amount: int) -> str:
    return f"transfer of {contract.amount(amount)} to {spell_address(to)}"


def _transfer_from(contract: Contract, owner: bytes, to: bytes, amount: int) -> str:
    return f"transferFrom: {moved(contract, owner, to, amount)}"


def _increase_allowance(contract: Contract, spender: bytes, amount: int) -> str:
    return f"increaseAllowance, a further {approval(contract, spender, amount)}"


def _decrease_allowance(contract: Contract, spender: bytes, amount: int) -> str:
    taken = contract.amount(amount)
    return f"decreaseAllowance: {taken} less approved to {spell_address(spender)}"


def _permit(
    contract: Contract, owner: bytes, spender: bytes, amount: int, deadline: int, *_: object
) -> str:
    given = approval(contract, spender, amount)
    return f"permit by {spell_address(owner)}: {given}, {until(deadline)}"


def _permit_all(
    contract: Contract, owner: bytes, spender: bytes, _nonce: int, _expiry: int, *rest: object
) -> str:
    amount = UNLIMITED if rest[0] else 0
    return f"permit by {spell_address(owner)}: {approval(contract, spender, amount)}"


def _authorized_transfer(
    contract: Contract, owner: bytes, to: bytes, amount: int, *_: object
) -> str:
    return f"transfer by authorization: {moved(contract, owner, to, amount)}"


def _send(contract: Contract, to: bytes, amount: int, data: bytes) -> str:
    extra = f" with {len(data)} bytes of data, which call the recipient's hook"
    return f"ERC-777 send of {contract.amount(amount)} to {spell_address(to)}{extra}"


def _mint(contract: Contract, to: bytes, amount: int) -> str:
    return f"mint of {contract.amount(amount)} to {spell_address(to)}"


def _burn(contract: Contract, amount: int) -> str:
    return f"burn of {contract.amount(amount)}"


def _burn_from(contract: Contract, owner: bytes, amount: int) -> str:
    return f"burnFrom: burn of {contract.amount(amount)} of {spell_address(owner)}"


def _approve_for_all(_: Contract, operator: bytes, approved: bool) -> str:  # noqa: FBT001
    # The flag is an argument of the contract's function, in that function's order.
    extent = "every" if approved else "no"
    return (
        f"setApprovalForAll: {extent} token of this contract may be taken by"
        f" {spell_address(operator)}"
    )


def _collectible(_: Contract, owner: bytes, to: bytes, token_id: int, *rest: int | bytes) -> str:
    count = f"{rest[0]:,} of " if rest and isinstance(rest[0], int) else ""
    return (
        f"safeTransferFrom: {count}token number {token_id} of {spell_address(owner)}"
        f" to {spell_address(to)}"
    )


def _permit2_approve(
    contract: Contract, token: bytes, spender: bytes, amount: int, expires: int
) -> str:
    return f"Permit2 {token_approval(contract, token, spender, amount)}, {until(expires)}"


def _permit2_permit(
    contract: Contract,
    owner: bytes,
    permit: tuple[tuple[bytes, int, int, int], bytes, int],
    _signature: bytes,
) -> str:
    (token, amount, expires, _), spender, _deadline = permit
    given = _permit2_approve(contract, token, spender, amount, expires)
    return f"permit by {spell_address(owner)}: {given}"


def _permit2_transfer(
    contract: Contract, owner: bytes, to: bytes, amount: int, token: bytes
) -> str:
    taken = amount_of_token(contract, token, amount)
    return f"Permit2 transferFrom: {taken} of {spell_address(owner)} to {spell_address(to)}"


_PERMIT2_DETAILS = "(address,uint160,uint48,uint48)"
_AUTHORIZED = "address,address,uint256,uint256,uint256,bytes32"
_SIGNATURE = "uint8,bytes32,bytes32"
_PAID_TO = "deposits into a vault, whose shares go to the last address"
_TAKEN_BY = "takes out of a vault what belongs to the last address"

TOKEN_CALLS: tuple[Known, ...] = (
    # ERC-20 with its extensions (ERC-677, ERC-777, ERC-1363, ERC-2612, ERC-3009)
    ("transfer(address,uint256)", _transfer),
    ("transferFrom(address,address,uint256)", _transfer_from),
    ("approve(address,uint256)", approval),
    ("increaseAllowance(address,uint256)", _increase_allowance),
    ("increaseApproval(address,uint256)", _increase_allowance),
    ("decreaseAllowance(address,uint256)", _decrease_allowance),
    ("decreaseApproval(address,uint256)", _decrease_allowance),
    (f"permit(address,address,uint256,uint256,{_SIGNATURE})", _permit),
    ("permit(address,address,uint256,uint256,bytes)", _permit),
    (f"permit(address,address,uint256,uint256,bool,{_SIGNATURE})", _permit_all),
    (f"transferWithAuthorization({_AUTHORIZED},{_SIGNATURE})", _authorized_transfer),
    (f"transferWithAuthorization({_AUTHORIZED},bytes)", _authorized_transfer),
    (f"receiveWithAuthorization({_AUTHORIZED},{_SIGNATURE})", _authorized_transfer),
    (f"receiveWithAuthorization({_AUTHORIZED},bytes)", _authorized_transfer),
    (f"cancelAuthorization(address,bytes32,{_SIGNATURE})", "cancels an authorization"),
    ("approveAndCall(address,uint256)", "approves a spender and calls it"),
    ("approveAndCall(address,uint256,bytes)", "approves a spender and calls it"),
    ("transferAndCall(address,uint256)", "transfers tokens and calls their recipient"),
    ("transferAndCall(address,uint256,bytes)", "transfers tokens and calls their recipient"),
    ("transferFromAndCall(address,address,uint256)", "takes tokens and calls their recipient"),
    ("send(address,uint256,bytes)", _send),
    ("authorizeOperator(address)", "lets an operator send every token of this contract"),
    ("operatorSend(address,address,uint256,bytes,bytes)", "sends another's tokens as operator"),
    ("mint(address,uint256)", _mint),
    ("mint(uint256)", "mints tokens"),
    ("burn(uint256)", _burn),
    ("burn(address,uint256)", _burn_from),
    ("burn(uint256,bytes)", "burns tokens"),
    ("burnFrom(address,uint256)", _burn_from),
    ("delegate(address)", "gives the votes of this token to another"),
    (f"delegateBySig(address,uint256,uint256,{_SIGNATURE})", "gives votes to another"),
    # ERC-721 and ERC-1155
    ("setApprovalForAll(address,bool)", _approve_for_all),
    ("safeTransferFrom(address,address,uint256)", _collectible),
    ("safeTransferFrom(address,address,uint256,bytes)", _collectible),
    ("safeTransferFrom(address,address,uint256,uint256,bytes)", _collectible),
    ("safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", "transfers several"),
    # Permit2
    ("approve(address,address,uint160,uint48)", _permit2_approve),
    (f"permit(address,({_PERMIT2_DETAILS},address,uint256),bytes)", _permit2_permit),
    (f"permit(address,({_PERMIT2_DETAILS}[],address,uint256),bytes)", "Permit2 approvals"),
    ("transferFrom(address,address,uint160,address)", _permit2_transfer),
    ("transferFrom((address,address,uint160,address)[])", "Permit2 takes several tokens"),
    # ERC-4626, wrapped coins, lending, staking
    ("deposit()", "wraps or deposits the coins that are sent along"),
    ("withdraw(uint256)", "takes out or unwraps"),
    ("withdrawTo(address,uint256)", "takes out to another"),
    ("depositTo(address)", "deposits for another"),
    ("deposit(uint256)", "deposits into a contract"),
    ("deposit(uint256,address)", _PAID_TO),
    ("mint(uint256,address)", _PAID_TO),
    ("withdraw(uint256,address,address)", _TAKEN_BY),
    ("redeem(uint256,address,address)", _TAKEN_BY),
    ("redeem(uint256)", "gives back shares of a pool"),
    ("supply(address,uint256,address,uint16)", "lends a token to a pool"),
    ("withdraw(address,uint256,address)", "takes a token out of a pool"),
    ("borrow(address,uint256,uint256,uint16,address)", "borrows from a pool"),
    ("repay(address,uint256,uint256,address)", "pays back to a pool"),
    ("deposit(bytes,bytes,bytes,bytes32)", "stakes coins for a validator"),
    ("submit(address)", "stakes the coins that are sent along"),
    ("stake(uint256)", "stakes tokens"),
    ("unstake(uint256)", "takes tokens out of staking"),
    ("claim()", "claims something"),
)
"""ERC-20, ERC-721, ERC-777, ERC-1155, ERC-2612, ERC-3009, ERC-4626, Permit2, WETH9, Aave."""
