"""What a contract call that is refused would have done, in words.

The tables know functions by their canonical signature. Nothing here makes a call acceptable: a
function that is missing is refused all the same, only with less said about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from appliance.chains.ethereum.account_calls import ACCOUNT_CALLS, ACCOUNT_PASSES_ON
from appliance.chains.ethereum.contract import Call, Contract, Explanation, show
from appliance.chains.ethereum.passed_on import CALLS_PASSED_ON, PASSED_ON_CALLS
from appliance.chains.ethereum.token_calls import TOKEN_CALLS
from appliance.codecs import abi
from appliance.errors import MalformedTransaction
from appliance.hashes import keccak256

SELECTOR_BYTES = 4
MAX_ARGUMENTS = 240
"""Characters that a list of arguments may take in a message."""
MAX_CALLS = 12
"""Calls within a call that get a clause of their own, at every depth together."""
MAX_DEPTH = 4
"""Calls within calls that are followed."""
CREATE2_PROXY = bytes.fromhex("4e59b44847b379578588920ca78fbf26c0b4956c")
"""The deterministic deployment proxy, which takes a salt and init code instead of a function."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that contracts are known to have."""

    signature: str
    says: Explanation | str
    """What a call of it does: words made of its arguments, or a gloss that stands before them."""

    @property
    def name(self) -> str:
        """Its name without its types."""
        return self.signature.partition("(")[0]

    @property
    def types(self) -> tuple[abi.Type, ...]:
        """The types of its arguments."""
        return abi.parse_types(self.signature.partition("(")[2].removesuffix(")"))


@dataclass(frozen=True, slots=True)
class Clause:
    """What one call does.

    `number` is empty for the call itself, `2.1` for the first call that its second call makes.
    """

    number: str
    says: str


def explain(contract: Contract, calldata: bytes) -> tuple[Clause, ...]:
    """Return what a call does and what each call that it makes does, as far as that is known.

    The first clause is about the call itself; at most `MAX_CALLS` and a last one, which says that
    there are more, follow. Takes time in proportion to the bytes, for each depth.
    """
    says, calls = _explain(contract, calldata)
    inner = list(islice(_follow(contract, calls, "", 1), MAX_CALLS + 1))
    if len(inner) > MAX_CALLS:
        inner[MAX_CALLS] = Clause(inner[MAX_CALLS].number, "this call and more are not listed")
    return (Clause("", says), *inner)


def _follow(
    contract: Contract, calls: tuple[Call, ...], number: str, depth: int
) -> Iterator[Clause]:
    for index, call in enumerate(calls, 1):
        inner_number = f"{number}.{index}" if number else str(index)
        called = contract.at(call.to)
        if not call.data and not call.delegated:
            yield Clause(inner_number, f"it sends {contract.coins(call.value)} to {called.named}")
            continue
        says, passed_on = _explain(called, call.data)
        how = "DELEGATECALL to" if call.delegated else "a call of"
        coins = f" with {contract.coins(call.value)}" if call.value else ""
        yield Clause(inner_number, f"{how} {called.named}{coins}: {says}")
        if passed_on and depth == MAX_DEPTH:
            yield Clause(f"{inner_number}.1", "calls are nested deeper than is followed here")
        elif passed_on:
            yield from _follow(called, passed_on, inner_number, depth + 1)


def _explain(contract: Contract, calldata: bytes) -> tuple[str, tuple[Call, ...]]:
    """Return what a call does, and the calls that it makes."""
    selector, arguments = calldata[:SELECTOR_BYTES], calldata[SELECTOR_BYTES:]
    if contract.address == CREATE2_PROXY:
        size = max(len(calldata) - abi.WORD_BYTES, 0)
        return f"creation of a contract from {size} bytes of init code by a factory", ()
    if len(selector) < SELECTOR_BYTES:
        return f"calldata of {len(calldata)} bytes, too short to name a function", ()
    function = FUNCTIONS.get(selector)
    if function is None:
        return (
            f"an unknown function 0x{selector.hex()} with {len(arguments)} bytes of arguments",
            (),
        )
    try:
        return _explain_known(contract, function, arguments)
    except MalformedTransaction as broken:
        return f"{function.signature}, but its arguments are not what it takes: {broken.what}", ()


def _explain_known(
    contract: Contract, function: Function, arguments: bytes
) -> tuple[str, tuple[Call, ...]]:
    values, end = abi.decode_prefix(function.types, arguments)
    rest = f", then {len(arguments) - end} bytes more" if end < len(arguments) else ""
    passes_on = _PASSES_ON.get(function.signature)
    calls = passes_on(contract, *values) if passes_on else ()
    if isinstance(function.says, str):
        return f"{function.name}({_list_values(values)}), {function.says}{rest}", calls
    return f"{function.says(contract, *values)}{rest}", calls


def _list_values(values: tuple[abi.Value, ...]) -> str:
    listed = ", ".join(map(show, values))
    return listed if len(listed) <= MAX_ARGUMENTS else f"{len(values)} arguments"


_PASSES_ON = {**ACCOUNT_PASSES_ON, **CALLS_PASSED_ON}
FUNCTIONS: dict[bytes, Function] = {
    keccak256(signature.encode())[:SELECTOR_BYTES]: Function(signature, says)
    for signature, says in (*TOKEN_CALLS, *ACCOUNT_CALLS, *PASSED_ON_CALLS)
}
"""Selector to function: the first four bytes of Keccak-256 of the canonical signature."""
