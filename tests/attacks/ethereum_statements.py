"""Ethereum messages that are odd, broken or signed as plain text."""

from collections.abc import Iterator

from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from tests.attacks.case import Case
from tests.attacks.ethereum import transaction
from tests.attacks.ethereum_messages import MESSAGE, US, case, members, permit


def cases() -> Iterator[Case]:
    yield from _odd()
    yield from _broken()
    yield from _personal()


def _odd() -> Iterator[Case]:
    other = permit()
    other["domain"]["chainId"] = 137
    yield case("other-chain", other, "permit for another chain", "permit", "137")
    zero = permit()
    zero["domain"]["chainId"] = 0
    yield case("chain-zero", zero, "permit with chain id 0", "permit")
    nameless = permit()
    del nameless["domain"]["verifyingContract"]
    nameless["types"]["EIP712Domain"] = members(
        [("name", "string"), ("version", "string"), ("chainId", "uint256")]
    )
    yield case("no-contract", nameless, "the domain names no contract", "permit")
    missing = permit()
    del missing["message"]["spender"]
    loose = (*MESSAGE, "MALFORMED")
    yield case("missing-field", missing, "the message lacks its spender", cause=loose)
    extra = permit()
    extra["message"]["note"] = "hidden"
    yield case("extra-field", extra, "the message says more than its type", cause=loose)


def _broken() -> Iterator[Case]:
    loose = (*MESSAGE, "MALFORMED")
    loop = permit()
    loop["types"]["Permit"] = members([("self", "Permit")])
    yield case("recursive-type", loop, "a type that holds itself", cause=loose)
    wrong = permit(value="0x" + "f" * 65)
    yield case("overflow", wrong, "a value over uint256", cause=loose)
    hidden = permit()
    hidden["primaryType"] = "EIP712Domain"
    yield case("primary-domain", hidden, "only the domain is signed", cause=loose)
    control = permit()
    control["domain"]["name"] = "USD\u202eCoin\x1b[2J"
    yield case(
        "control-in-domain",
        control,
        "control characters in the domain",
        cause=(*MESSAGE, "TEXT-UNSAFE"),
    )
    yield case("not-json", '{"types": {"EIP712Domain": [', "truncated JSON", cause=("MALFORMED",))
    doubled = '{"primaryType":"Mail","primaryType":"Permit","types":{},"domain":{},"message":{}}'
    yield case("duplicate-keys", doubled, "a key stands twice", cause=loose)
    yield case("deep", '{"types":' + "[" * 50_000, "50,000 nested arrays", cause=("MALFORMED",))


def _personal() -> Iterator[Case]:
    permit_digest = encode_typed_data(full_message=permit())
    digest = keccak(b"\x19" + permit_digest.version + permit_digest.header + permit_digest.body)
    order = transaction(value=1)
    texts: dict[str, tuple[str, str]] = {
        "login": ("text", "example.com wants you to sign in with your Ethereum account:\n" + US),
        "hello": ("text", "hello"),
        "proof": ("text", "We control this account. 2026-05-28"),
        "hash": ("hex", digest.hex()),
        "hash-text": ("text", "0x" + digest.hex()),
        "raw-transaction": ("hex", order.hex()),
        "transaction-hash": ("hex", keccak(order).hex()),
        "empty": ("text", ""),
        "ansi": ("text", "ok\x1b[2J\x1b[H all good"),
        "bidi": ("text", "pay \u202e0001 to"),
        "newlines": ("text", "\n" * 500 + "I give everything away"),
        "prefixed": ("text", "\x19Ethereum Signed Message:\n5hello"),
        "binary": ("hex", bytes(range(256)).hex()),
        "chinese": ("text", "授權全部資產"),
    }
    for name, (encoding, payload) in texts.items():
        cause: tuple[str, ...] = (*MESSAGE, "TEXT-UNSAFE")
        if name == "raw-transaction":
            cause = (*cause, "HINT-MISMATCH")
        if name == "empty":
            cause = (*cause, "MALFORMED", "EMPTY")
        yield Case(
            id=f"eth-191-{name}",
            kind="eth-personal-sign",
            encoding=encoding,
            payload=payload,
            expected="reject",
            reason=f"personal_sign of {name}",
            cause=cause,
        )
