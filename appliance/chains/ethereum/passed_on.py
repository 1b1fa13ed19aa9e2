"""What calls that make contracts call others do: Safe, multisend, batches, routers, factories."""

from collections.abc import Sequence

from appliance.chains.ethereum.address import spell_address
from appliance.chains.ethereum.contract import (
    Call,
    Contract,
    Explanation,
    Known,
    PassedOn,
    amount_of_token,
)
from appliance.errors import MalformedTransaction

_PACKED_HEAD = 85
"""Bytes before a packed call's data: operation, recipient, value, length (MultiSend.sol)."""
_ROUTER_COMMANDS = {
    0x00: "V3_SWAP_EXACT_IN",
    0x01: "V3_SWAP_EXACT_OUT",
    0x02: "PERMIT2_TRANSFER_FROM",
    0x03: "PERMIT2_PERMIT_BATCH",
    0x04: "SWEEP",
    0x05: "TRANSFER",
    0x06: "PAY_PORTION",
    0x08: "V2_SWAP_EXACT_IN",
    0x09: "V2_SWAP_EXACT_OUT",
    0x0A: "PERMIT2_PERMIT",
    0x0B: "WRAP_ETH",
    0x0C: "UNWRAP_WETH",
    0x0D: "PERMIT2_TRANSFER_FROM_BATCH",
    0x10: "V4_SWAP",
}
"""Uniswap's Universal Router, Commands.sol."""
_MAX_LISTED = 8


def operation_of(contract: Contract, to: bytes, value: int, operation: int) -> str:
    """Say what a Safe's operation does with its target (Enum.Operation)."""
    coins = contract.coins(value)
    match operation:
        case 0:
            return f"operation 0: CALL of {spell_address(to)} with {coins}"
        case 1:
            return (
                f"operation 1: DELEGATECALL to {spell_address(to)},"
                f" whose code then runs as the Safe itself and can change its owners and code"
            )
        case _:
            return f"unknown operation {operation} with {spell_address(to)} and {coins}"


def refund_of(gas_price: int, token: bytes, receiver: bytes) -> str:
    """Say what a Safe pays for its gas, and to whom; nothing where it pays nothing."""
    if gas_price == 0:
        return ""
    to = spell_address(receiver) if any(receiver) else "whoever sends it"
    asset = f"token {spell_address(token)}" if any(token) else "coins"
    return f", and pays {gas_price:,} base units of {asset} per gas to {to}"


def packed_calls(packed: bytes) -> tuple[Call, ...]:
    """Read the calls that MultiSend makes. Raises MalformedTransaction where they end early."""
    calls, at = [], 0
    while at < len(packed):
        head = packed[at : at + _PACKED_HEAD]
        size = int.from_bytes(head[53:85], "big")
        at += _PACKED_HEAD + size
        if len(head) < _PACKED_HEAD or at > len(packed):
            raise MalformedTransaction("the packed calls end within a call")
        value = int.from_bytes(head[21:53], "big")
        data = packed[at - size : at]
        calls.append(Call(head[1:21], value, data, delegated=head[0] != 0))
    return tuple(calls)


def _execute_safe(
    contract: Contract,
    to: bytes,
    value: int,
    _data: bytes,
    operation: int,
    *refund: int | bytes,
) -> str:
    match refund:
        case (int(), int(), int() as price, bytes() as token, bytes() as receiver, bytes()):
            paid = refund_of(price, token, receiver)
        case _:
            paid = ""
    name = "execTransaction" if refund else "execTransactionFromModule"
    return f"Safe {name}, {operation_of(contract, to, value, operation)}{paid}"


def _safe_call(
    _: Contract, to: bytes, value: int, data: bytes, operation: int, *_rest: object
) -> tuple[Call, ...]:
    return (Call(to, value, data, delegated=operation != 0),) if data else ()


def _multi_send(_: Contract, packed: bytes) -> str:
    return f"multiSend: multisend of {_counted(packed_calls(packed))}"


def _packed(_: Contract, packed: bytes) -> tuple[Call, ...]:
    return packed_calls(packed)


def _counted(calls: Sequence[object]) -> str:
    return f"{len(calls)} call{'' if len(calls) == 1 else 's'}"


def _execute(contract: Contract, to: bytes, value: int, data: bytes, *_: object) -> str:
    return (
        f"a call passed on to {spell_address(to)}"
        f" with {contract.coins(value)} and {len(data)} bytes of calldata"
    )


def _executed(_: Contract, to: bytes, value: int, data: bytes, *_rest: object) -> tuple[Call, ...]:
    return (Call(to, value, data),)


def _batch(name: str) -> Explanation:
    def says(_: Contract, *arguments: object) -> str:
        lists = [each for each in arguments if isinstance(each, tuple)]
        return f"{name} of {_counted(lists[0] if lists else ())}"

    return says


def _to_itself(contract: Contract, *arguments: object) -> tuple[Call, ...]:
    (calls,) = (each for each in arguments if isinstance(each, tuple))
    return tuple(Call(contract.address, 0, data) for data in calls)


def _listed(_: Contract, *arguments: object) -> tuple[Call, ...]:
    """Return the calls in one list of them, whatever else each of them says."""
    (calls,) = (each for each in arguments if isinstance(each, tuple))
    return tuple(_call_of(fields) for fields in calls)


def _call_of(fields: tuple[object, ...]) -> Call:
    to, *_, data = fields
    values = [each for each in fields if isinstance(each, int) and not isinstance(each, bool)]
    if not isinstance(to, bytes) or not isinstance(data, bytes):
        raise MalformedTransaction("a call in the list has no target")
    return Call(to, values[0] if values else 0, data)


def _parallel(
    _: Contract, targets: tuple[bytes, ...], *lists: tuple[int, ...] | tuple[bytes, ...] | bytes
) -> tuple[Call, ...]:
    """Return the calls in parallel lists of targets, values where they are given, and data."""
    columns = [each for each in lists if isinstance(each, tuple)]
    if any(len(column) != len(targets) for column in columns):
        raise MalformedTransaction("its lists are not of one length")
    rows = zip(targets, *columns, strict=True)
    return tuple(_call_of(row) for row in rows)


def _router(_: Contract, commands: bytes, inputs: tuple[bytes, ...], *_deadline: int) -> str:
    known = [_ROUTER_COMMANDS.get(each & 0x3F, f"0x{each:02x}") for each in commands]
    more = f" and {len(known) - _MAX_LISTED} more" if len(known) > _MAX_LISTED else ""
    listed = ", ".join(known[:_MAX_LISTED])
    return f"Universal Router, execute of {len(inputs)} commands: {listed}{more}"


def _disperse(contract: Contract, recipients: tuple[bytes, ...], amounts: tuple[int, ...]) -> str:
    total = contract.coins(sum(amounts))
    return f"disperse of {total} to {len(recipients)} recipients"


def _disperse_token(
    contract: Contract, token: bytes, recipients: tuple[bytes, ...], amounts: tuple[int, ...]
) -> str:
    total = amount_of_token(contract, token, sum(amounts))
    return f"disperse of {total} to {len(recipients)} recipients"


def _create(_: Contract, *arguments: int | bytes) -> str:
    code = max((each for each in arguments if isinstance(each, bytes)), key=len)
    return f"creation of a contract from {len(code)} bytes of init code by a factory"


_SAFE_REFUND = "uint256,uint256,uint256,address,address,bytes"
_DESCRIPTION = "(address,address,address,address,uint256,uint256,uint256)"
_SWAP = "swaps tokens at a router"
_BRIDGE = "sends assets over a bridge to another chain"
_OPERATIONS = "makes operations of several accounts (ERC-4337)"
_LIQUIDITY = "moves tokens into or out of a pool"

_WITH_CALLS: tuple[tuple[str, Explanation, PassedOn], ...] = (
    (f"execTransaction(address,uint256,bytes,uint8,{_SAFE_REFUND})", _execute_safe, _safe_call),
    ("execTransactionFromModule(address,uint256,bytes,uint8)", _execute_safe, _safe_call),
    ("execTransactionFromModuleReturnData(address,uint256,bytes,uint8)", _execute_safe, _safe_call),
    ("multiSend(bytes)", _multi_send, _packed),
    ("execute(address,uint256,bytes)", _execute, _executed),
    ("exec(address,uint256,bytes)", _execute, _executed),
    ("submitTransaction(address,uint256,bytes)", _execute, _executed),
    ("execute(address,uint256,bytes,bytes32,bytes32)", _execute, _executed),
    ("schedule(address,uint256,bytes,bytes32,bytes32,uint256)", _execute, _executed),
    ("multicall(bytes[])", _batch("multicall"), _to_itself),
    ("multicall(uint256,bytes[])", _batch("multicall"), _to_itself),
    ("multicall(bytes32,bytes[])", _batch("multicall"), _to_itself),
    ("aggregate((address,bytes)[])", _batch("aggregate"), _listed),
    ("aggregate3((address,bool,bytes)[])", _batch("aggregate3"), _listed),
    ("aggregate3Value((address,bool,uint256,bytes)[])", _batch("aggregate3Value"), _listed),
    ("tryAggregate(bool,(address,bytes)[])", _batch("tryAggregate"), _listed),
    ("blockAndAggregate((address,bytes)[])", _batch("blockAndAggregate"), _listed),
    ("execute((address,uint256,bytes)[])", _batch("execute"), _listed),
    ("executeBatch((address,uint256,bytes)[])", _batch("executeBatch"), _listed),
    ("executeBatch(address[],bytes[])", _batch("executeBatch"), _parallel),
    ("executeBatch(address[],uint256[],bytes[])", _batch("executeBatch"), _parallel),
    ("batchExecute((bytes,address,uint256)[])", _batch("batchExecute"), lambda *_: ()),
)
_PLAIN: tuple[Known, ...] = (
    ("execute(bytes,bytes[],uint256)", _router),
    ("execute(bytes,bytes[])", _router),
    ("execute(bytes32,bytes)", "makes calls of an account (ERC-7579)"),
    ("disperseEther(address[],uint256[])", _disperse),
    ("disperseToken(address,address[],uint256[])", _disperse_token),
    ("disperseTokenSimple(address,address[],uint256[])", _disperse_token),
    ("batchTransfer(address[],uint256[])", "transfers to several recipients"),
    ("multiTransfer(address[],uint256[])", "transfers to several recipients"),
    ("deploy(uint256,bytes32,bytes)", _create),
    ("deploy(bytes,uint256)", _create),
    ("deployCreate(bytes)", _create),
    ("deployCreate2(bytes32,bytes)", _create),
    ("performCreate(uint256,bytes)", _create),
    ("performCreate2(uint256,bytes,bytes32)", _create),
    ("safeCreate2(bytes32,bytes)", _create),
    ("swapExactETHForTokens(uint256,address[],address,uint256)", _SWAP),
    ("swapExactTokensForETH(uint256,uint256,address[],address,uint256)", _SWAP),
    ("swapExactTokensForTokens(uint256,uint256,address[],address,uint256)", _SWAP),
    ("swapTokensForExactTokens(uint256,uint256,address[],address,uint256)", _SWAP),
    ("exactInput((bytes,address,uint256,uint256,uint256))", _SWAP),
    ("exactInput((bytes,address,uint256,uint256))", _SWAP),
    (
        "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))",
        _SWAP,
    ),
    ("exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))", _SWAP),
    (f"swap(address,{_DESCRIPTION},bytes)", _SWAP),
    (f"swap(address,{_DESCRIPTION},bytes,bytes)", _SWAP),
    ("exchange(int128,int128,uint256,uint256)", _SWAP),
    ("unoswap(uint256,uint256,uint256,uint256)", _SWAP),
    (
        "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)",
        _LIQUIDITY,
    ),
    ("addLiquidityETH(address,uint256,uint256,uint256,address,uint256)", _LIQUIDITY),
    ("depositETH(uint32,bytes)", _BRIDGE),
    ("depositETHTo(address,uint32,bytes)", _BRIDGE),
    ("depositERC20(address,address,uint256,uint32,bytes)", _BRIDGE),
    ("depositERC20To(address,address,address,uint256,uint32,bytes)", _BRIDGE),
    ("bridgeETH(uint32,bytes)", _BRIDGE),
    ("bridgeETHTo(address,uint32,bytes)", _BRIDGE),
    ("depositTransaction(address,uint256,uint64,bool,bytes)", _BRIDGE),
    ("depositEth()", _BRIDGE),
    ("outboundTransfer(address,address,uint256,uint256,uint256,bytes)", _BRIDGE),
    ("depositForBurn(uint256,uint32,bytes32,address)", _BRIDGE),
    ("depositFor(address,address,bytes)", _BRIDGE),
    (
        "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)",
        _OPERATIONS,
    ),
    ("castVote(uint256,uint8)", "votes on a proposal"),
)
PASSED_ON_CALLS: tuple[Known, ...] = (
    *((signature, says) for signature, says, _ in _WITH_CALLS),
    *_PLAIN,
)
"""Safe, MultiSend, Multicall3, ERC-4337, ERC-7579, Uniswap, 1inch, OP Stack, CREATE2 factories."""
CALLS_PASSED_ON: dict[str, PassedOn] = {signature: calls for signature, _, calls in _WITH_CALLS}
