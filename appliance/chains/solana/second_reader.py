"""The second reading of a Solana message: offsets over a buffer, and nothing built.

Each instruction is held against fixed layouts: the program, the first bytes of the data, how long
the data is, and what each account must be. What matches no layout is refused. (Message format of
Solana's transactions, legacy and version 0; instruction layouts of the system, token, associated
token account, compute budget and memo programs.)
"""

from collections.abc import Iterator
from hashlib import sha256
from struct import unpack_from

from appliance.errors import MalformedTransaction, UnsupportedTransaction
from appliance.model.testimony import Payment, Testimony

_SYSTEM = bytes(32)
_TOKEN = bytes.fromhex("06ddf6e1d765a193d9cbe146ceeb79ac1cb485ed5f5b37913a8cf5857eff00a9")
_TOKEN_2022 = bytes.fromhex("06ddf6e1ee758fde18425dbce46ccddab61afc4d83b90d27febdf928d8a18bfc")
_ASSOCIATED = bytes.fromhex("8c97258f4e2489f1bb3d1029148e0d830b5a1399daff1084048e7bd8dbe9f859")
_BUDGET = bytes.fromhex("0306466fe5211732ffecadba72c39be7bc8ce5bbc5f7126b2c439b3a40000000")
_MEMO_1 = bytes.fromhex("054a5350f85dc882d614a55672788a296ddf1eababd0a60678884932f4eef6a0")
_MEMO_2 = bytes.fromhex("054a535a992921064d24e87160da387c7c35b5ddbc92bb81e41fa8404105448d")
_BLOCKHASHES = bytes.fromhex("06a7d517192c568ee08a845f73d29788cf035c3145b21ab344d8062ea9400000")
_RENT = bytes.fromhex("06a7d517192c5c51218cc94c3d4af17f58daee089ba1fd44e3dbd98a00000000")

_LAYOUTS = (
    # what it is, program, how the data begins, bytes of data, and what each account must be:
    # P the fee payer, S a signer, W writable, T a token program, 0 the system program,
    # B the sysvar of recent blockhashes, R that of rent, . anything
    ("advance", _SYSTEM, b"\4\0\0\0", 4, "WBS"),
    ("coins", _SYSTEM, b"\2\0\0\0", 12, "PW"),
    ("tokens", _TOKEN, b"\x0c", 10, "W.WP"),
    ("tokens", _TOKEN_2022, b"\x0c", 10, "W.WP"),
    *(
        ("create", _ASSOCIATED, data, len(data), roles)
        for data in (b"", b"\0", b"\1")
        for roles in ("PW..0T", "PW..0TR")
    ),
    ("limit", _BUDGET, b"\2", 5, ""),
    ("price", _BUDGET, b"\3", 9, ""),
    ("loaded", _BUDGET, b"\4", 5, ""),
)
_BUDGET_FORMATS = {"limit": "<I", "price": "<Q", "loaded": "<I"}

_SIGNER, _WRITABLE = 1, 2
_LAMPORTS_PER_SIGNATURE = 5000
_UNITS_PER_INSTRUCTION, _UNITS_MOST = 200_000, 1_400_000
_MICRO = 1_000_000
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)


def second_reader(data: bytes, network: str) -> Testimony:  # noqa: ARG001  the bytes name none
    """Return what a message states: what the fee payer pays to whom, for at most how many lamports.

    Raises MalformedTransaction for bytes that are no message, UnsupportedTransaction for address
    lookup tables, and for any instruction but coins and tokens sent by the fee payer, its creation
    of associated token accounts, compute budget, memo, and the advance of a nonce in first place.
    """
    keys, marks, at = _head(data)
    payments: list[Payment] = []
    budget: dict[str, int] = {}
    guard: frozenset[str] = frozenset()
    calls = 0
    for position, (program, accounts, start, end) in enumerate(_instructions(data, at, len(keys))):
        kind = _kind(data[start:end], keys[program], [(keys[i], marks[i], i) for i in accounts])
        calls += kind not in _BUDGET_FORMATS
        if kind == "coins":
            (amount,) = unpack_from("<Q", data, start + 4)
            payments.append(Payment("", amount, _base58(keys[accounts[1]])))
        elif kind == "tokens":
            (amount,) = unpack_from("<Q", data, start + 1)
            mint, destination = _base58(keys[accounts[1]]), _base58(keys[accounts[2]])
            payments.append(Payment(mint, amount, destination))
        elif kind == "advance":
            _require_first(position)
            guard = frozenset((f"{_base58(keys[accounts[0]])}:{_base58(data[at - 32 : at])}",))
        elif kind in _BUDGET_FORMATS:
            _note(budget, kind, data, start)
    return Testimony(
        sources=frozenset((_base58(keys[0]),)),
        payments=tuple(payments),
        fee=_fee(sum(mark & _SIGNER for mark in marks), calls, budget),
        network=None,
        guard=guard,
        digest=sha256(data).digest(),
    )


def _head(data: bytes) -> tuple[tuple[bytes, ...], bytes, int]:
    """Return the account keys, a mark for each (signer, writable), and where instructions begin."""
    at = 1 if data[:1] >= b"\x80" else 0
    if at and data[0] != 0x80:
        raise UnsupportedTransaction("the message's version is not 0")
    _require(data, at, 4)
    signers, fixed_signers, fixed_others = unpack_from("3B", data, at)
    count, at = _short(data, at + 3)
    writable = signers - fixed_signers, count - signers - fixed_others
    if min(writable[0] - 1, writable[1]) < 0 or count > 256:
        raise MalformedTransaction("the header's counts do not fit the account keys")
    _require(data, at, 32 * (count + 1))
    keys: tuple[bytes, ...] = unpack_from("32s" * count, data, at)
    if len(set(keys)) != count:
        raise MalformedTransaction("an account key is repeated")
    marks = (
        bytes((_SIGNER | _WRITABLE,)) * writable[0]
        + bytes((_SIGNER,)) * fixed_signers
        + bytes((_WRITABLE,)) * writable[1]
        + bytes(fixed_others)
    )
    return keys, marks, at + 32 * (count + 1)


def _instructions(data: bytes, at: int, keys: int) -> Iterator[tuple[int, bytes, int, int]]:
    """Yield each instruction's program, its accounts, and where its data begins and ends."""
    count, at = _short(data, at)
    if not count:
        raise UnsupportedTransaction("there is no instruction")
    for _ in range(count):
        _require(data, at, 1)
        program = data[at]
        size, at = _short(data, at + 1)
        _require(data, at, size)
        accounts = data[at : at + size]
        if not 0 < program < keys or max(accounts, default=0) >= keys:
            raise MalformedTransaction("an instruction names an account that is not there")
        size, start = _short(data, at + size)
        _require(data, start, size)
        at = start + size
        yield program, accounts, start, at
    tables = data[at:]
    if data[0] == 0x80 and tables[:1] > b"\0":
        raise UnsupportedTransaction("the message takes accounts from lookup tables")
    if tables != (b"\0" if data[0] == 0x80 else b""):
        raise MalformedTransaction("the message does not end where its instructions do")


def _kind(data: bytes, program: bytes, accounts: list[tuple[bytes, int, int]]) -> str:
    """Return the layout that an instruction has; each account is its key, its mark, its index."""
    if program in (_MEMO_1, _MEMO_2) and all(mark & _SIGNER for _, mark, _ in accounts):
        return "memo"
    for kind, owner, beginning, size, roles in _LAYOUTS:
        if (
            owner == program
            and len(data) == size
            and data.startswith(beginning)
            and len(accounts) == len(roles)
            and all(map(_fits, roles, accounts))
        ):
            return kind
    raise UnsupportedTransaction("an instruction is none of those that are read")


def _fits(role: str, account: tuple[bytes, int, int]) -> bool:
    key, mark, index = account
    return {
        "P": index == 0,
        "S": bool(mark & _SIGNER),
        "W": bool(mark & _WRITABLE),
        "T": key in (_TOKEN, _TOKEN_2022),
        "0": key == _SYSTEM,
        "B": key == _BLOCKHASHES,
        "R": key == _RENT,
        ".": True,
    }[role]


def _require_first(position: int) -> None:
    """A nonce counts as durable only where its advance is the first instruction."""
    if position:
        raise UnsupportedTransaction("a nonce is advanced after the first instruction")


def _note(budget: dict[str, int], kind: str, data: bytes, start: int) -> None:
    """Note a number of the compute budget, which may be given once."""
    if kind in budget:
        raise UnsupportedTransaction("the compute budget is given twice")
    (budget[kind],) = unpack_from(_BUDGET_FORMATS[kind], data, start + 1)


def _fee(signatures: int, calls: int, budget: dict[str, int]) -> int:
    """Return the most that is paid, in lamports; the price is in millionths for a compute unit."""
    units = min(budget.get("limit", _UNITS_PER_INSTRUCTION * calls), _UNITS_MOST)
    priority = -(-units * budget.get("price", 0) // _MICRO)
    return _LAMPORTS_PER_SIGNATURE * signatures + priority


def _short(data: bytes, at: int) -> tuple[int, int]:
    """Return a compact-u16 and where it ends: septets, the lowest first, in as few as will do."""
    number = 0
    for shift in (0, 7, 14):
        _require(data, at, 1)
        last = data[at]
        number |= (last & 0x7F) << shift
        at += 1
        if last < 0x80:
            if number > 0xFFFF or (shift and not last):
                break
            return number, at
    raise MalformedTransaction("a length is over 16 bits or written longer than it is")


def _require(data: bytes, at: int, size: int) -> None:
    if at + size > len(data):
        raise MalformedTransaction("the message is cut short")


def _base58(key: bytes) -> str:
    number = int.from_bytes(key)
    text = ""
    while number:
        number, four = divmod(number, len(_PAIRS) ** 2)
        high, low = divmod(four, len(_PAIRS))
        text = _PAIRS[high] + _PAIRS[low] + text
    return "1" * (len(key) - len(key.lstrip(b"\0"))) + text.lstrip("1")
