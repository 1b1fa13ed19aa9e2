"""What a single QR code may say as plain text."""

from collections.abc import Iterator

from tests.attacks.case import Case, Expectation, Table, base64_text
from tests.attacks.containers import BODY, ETHER, MESSAGE, PAID, PSBT
from tests.attacks.transport import bbqr, bytewords, single
from tests.attacks.world import (
    ETHEREUM_CLIENTS,
)


def cases() -> Iterator[Case]:
    yield from _texts()


def _texts() -> Iterator[Case]:
    nothing = ("MALFORMED", "UNSUPPORTED", "HINT-MISMATCH", "AMBIGUOUS", *MESSAGE)
    texts = {
        "bip21": "bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq?amount=1.5",
        "eip681": f"ethereum:{ETHEREUM_CLIENTS[0]}@1?value=1e18",
        "walletconnect": "wc:7f6e504bfad60b485450578e05678ed3e8e8c4751d3c6160be17160d63ec90f9@2",
        "url": "https://example.com/approve?tx=1",
        "mnemonic": "abandon " * 11 + "about",
        "wif": "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn",
        "address": ETHEREUM_CLIENTS[0],
        "empty": "",
        "spaces": "   \n",
        "ansi": "\x1b[2J\x1b[Hok",
        "number": "42",
        "null": "null",
    }
    for name, text in texts.items():
        yield qr_text(name, text, "reject", "nothing to sign", nothing)
    yield qr_text(
        "psbt-base64", base64_text(PSBT), "accept", "a PSBT as text", chain="bitcoin", fields=PAID
    )
    yield qr_text(
        "psbt-hex", PSBT.hex(), "accept", "a PSBT as hexadecimal", chain="bitcoin", fields=PAID
    )
    yield qr_text(
        "psbt-ur",
        single("crypto-psbt", BODY).upper(),
        "accept",
        "a whole UR as text",
        chain="bitcoin",
        fields=PAID,
    )
    yield qr_text(
        "psbt-bbqr",
        bbqr(PSBT, 1)[0],
        "accept",
        "a whole BBQr as text",
        chain="bitcoin",
        fields=PAID,
    )
    told = {"asset": "ETH", "amount": "3", "to": ETHEREUM_CLIENTS[0]}
    yield qr_text(
        "eth-hex",
        "0x" + ETHER.hex(),
        "accept",
        "a transaction as text",
        chain="ethereum",
        fields=told,
    )
    assert bytewords(b"")


def qr_text(
    name: str,
    text: str,
    expected: Expectation,
    reason: str,
    cause: tuple[str, ...] = (),
    *,
    chain: str = "any",
    fields: Table | None = None,
) -> Case:
    return Case(
        id=f"xport-text-{name}",
        chain=chain,
        kind="qr-text",
        encoding="text",
        payload=text,
        expected=expected,
        reason=reason,
        cause=cause,
        fields=fields,
    )
