"""What the fuzzer starts from: bytes that are accepted, and the standing rules they are read by."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from appliance.inspection.strict_json import Object, parse_object
from appliance.wire import bbqr, record, ur
from appliance.wire.epochs import Account, Genesis, Token, WhitelistEntry
from appliance.wire.public_message import UniformResource, serialize
from appliance.wire.registry import body_of_bytes
from appliance.wire.terms import Chain
from tests.appliance.chains.bitcoin import world as bitcoin
from tests.appliance.chains.ethereum import world as ethereum
from tests.appliance.chains.solana import world as solana
from tests.appliance.chains.tron import world as tron
from tests.appliance.foreign_wallet import as_bbqr, as_eth, as_ur
from tests.appliance.software import found
from tests.shared_vectors import ROOT


@dataclass(frozen=True)
class Known:
    """What is registered while a chain's bytes are spoilt."""

    accounts: tuple[Account, ...]
    tokens: tuple[Token, ...] = ()
    listed: tuple[WhitelistEntry, ...] = ()


REGISTERED: Mapping[Chain, Known] = {
    Chain.BITCOIN: Known(bitcoin.ACCOUNTS),
    Chain.ETHEREUM: Known((ethereum.ACCOUNT,), ethereum.TOKENS),
    Chain.TRON: Known((tron.ACCOUNT,), tron.TOKENS),
    Chain.SOLANA: Known(
        (solana.ACCOUNT,),
        solana.TOKENS,
        (WhitelistEntry(Chain.SOLANA, "mainnet", str(solana.CLIENT), "Client-1"),),
    ),
}


def transactions(chain: Chain) -> tuple[bytes, ...]:
    """Every transaction of a chain that our own vectors clear or refuse, and a few built ones."""
    built = {
        Chain.BITCOIN: (bitcoin.hot_payment().psbt, bitcoin.vault_payment().psbt),
        Chain.ETHEREUM: (ethereum.fee_market(), ethereum.token_transfer(), ethereum.legacy()),
        Chain.TRON: (tron.transfer(), tron.call(), tron.transfer(data=b"memo")),
        Chain.SOLANA: (
            solana.legacy(solana.pay()),
            solana.versioned(*solana.budget(), solana.pay(), solana.memo("for July")),
            solana.legacy(solana.create_account(), solana.pay_token()),
            solana.legacy(solana.advance(), solana.pay_token(), solana.pay()),
        ),
    }
    return (*built[chain], *_vectors(chain, "cleared"), *_vectors(chain, "refused"))


def _vectors(chain: Chain, name: str) -> tuple[bytes, ...]:
    path = ROOT / "tests" / "vectors" / chain.value / f"{name}.jsonl"
    if not path.exists():
        return ()
    return tuple(bytes.fromhex(json.loads(line)["hex"]) for line in path.read_text().splitlines())


def _recorded() -> tuple[bytes, bytes, bytes, bytes, Genesis]:
    with TemporaryDirectory() as folder:
        appliance = found(Path(folder))
        coordinator = appliance.coordinator
        response = appliance.sign(coordinator.honest())
        journal = (Path(folder) / "journal").read_bytes()
    request = record.encode(coordinator.request(coordinator.content()))
    return coordinator.honest(), response, request, journal, appliance.genesis


_ENVELOPE, _RESPONSE, _REQUEST, JOURNAL, GENESIS = _recorded()
ENVELOPES = (_ENVELOPE, _RESPONSE)
REQUESTS = (_REQUEST,)

SETTINGS = (
    b'[device]\ndata = "/data"\n[hsm]\nmodule = "/lib/p11.so"\ntoken = "0123456789abcdef"\n'
    b'[links]\ncamera = "0"\nserial = "/dev/ttyUSB0"\nbaud = 921600\n'
)

NETWORKS: Mapping[Chain, tuple[str, ...]] = {
    Chain.BITCOIN: ("mainnet", "testnet", "regtest"),
    Chain.ETHEREUM: ("1",),
    Chain.TRON: ("mainnet",),
    Chain.SOLANA: ("mainnet",),
}
ADDRESSES = tuple(
    address.encode()
    for address in (
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
    )
)

CONTEXT: dict[str, Any] = {
    "time": "2026-11-25T08:00:00Z",
    "accounts": [
        {"name": "eth", "chain": "ethereum", "chain_id": 1, "address": ethereum.SOURCE},
    ],
    "tokens": [
        {
            "chain": "ethereum",
            "chain_id": 1,
            "contract": ethereum.USDT,
            "symbol": "USDT",
            "decimals": 6,
        }
    ],
    "whitelist": [
        {"chain": "ethereum", "chain_id": 1, "address": ethereum.CLIENT, "label": "Client-1"}
    ],
    "policy": {
        "require_whitelist": True,
        "limits": [{"asset": "USDT", "chain": "ethereum", "per_transaction": "5000000000000"}],
        "fees": {
            "bitcoin": {"max_rate_sat_vb": 300, "max_fraction": "0.05"},
            "ethereum": {"max_fee_per_gas": "500000000000", "max_gas_limit": 200000},
            "tron": {"max_fee_limit": "150000000"},
            "solana": {"max_priority_fee": "10000000"},
        },
    },
}


_UR_CONTENTS = json.loads((ROOT / "tests" / "vectors" / "wire" / "ur_contents.json").read_bytes())
UR_TYPES = tuple(sorted({case["type"] for case in _UR_CONTENTS} | {"psbt", "bytes"}))
UR_BODIES = tuple(bytes.fromhex(case["body"]) for case in _UR_CONTENTS)
PUBLIC_MESSAGES = (
    *(as_ur(bitcoin.hot_payment().psbt, ur_type) for ur_type in ("psbt", "crypto-psbt", "bytes")),
    *(as_bbqr(bitcoin.hot_payment().psbt, encoding) for encoding in "H2Z"),
    as_eth(ethereum.fee_market(), address=bytes(20)),
    *(
        serialize(UniformResource(case["type"], bytes.fromhex(case["body"])))
        for case in _UR_CONTENTS
        if "expect" in case
    ),
)


def containers(encoding: str) -> tuple[bytes, ...]:
    """Whole transfers, a part a line."""
    psbt = bitcoin.hot_payment().psbt
    if encoding == "bbqr":
        made = [bbqr.encode(psbt, bbqr.FileType.PSBT, 60, each) for each in bbqr.Encoding]
        return tuple("\n".join(parts).encode() for parts in made)
    encoder = ur.Encoder("psbt", body_of_bytes(psbt), 60)
    mixed = islice(encoder.parts(encoder.transfer.fragments + 1), 40)
    single = (ur.Encoder(case["type"], bytes.fromhex(case["body"]), 5000) for case in _UR_CONTENTS)
    streams = [list(islice(encoder.parts(), encoder.transfer.fragments)), list(mixed)]
    streams += [[each.part(1)] for each in single]
    return tuple("\n".join(parts).encode() for parts in streams)


FILES = (bitcoin.hot_payment().psbt, ethereum.fee_market().hex().encode(), *containers("ur"))

_PERMIT = {
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "chainId", "type": "uint256"},
        ],
        "Permit": [
            {"name": "owner", "type": "address"},
            {"name": "spender", "type": "address"},
            {"name": "value", "type": "uint256"},
            {"name": "more", "type": "Part[2]"},
        ],
        "Part": [{"name": "data", "type": "bytes"}, {"name": "on", "type": "bool"}],
    },
    "primaryType": "Permit",
    "domain": {"name": "USD Coin", "chainId": 1},
    "message": {
        "owner": ethereum.SOURCE,
        "spender": ethereum.CLIENT,
        "value": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        "more": [{"data": "0x1234", "on": True}, {"data": "0x", "on": False}],
    },
}
MESSAGES = (
    json.dumps(_PERMIT).encode(),
    b"Sign in to example.org with your account",
    b"\x19\x01" + bytes(64),
    b"\x05" + ethereum.encode(1, ethereum.CLIENT, 7),
)
TEXTS = (
    b"Client-1 Ltd",
    "香港客戶 提款".encode(),
    "[bold]Zoë[/bold]\u202e\u200b".encode(),
)


def parse_context_text(data: bytes) -> Object:
    """Read a context as the command does."""
    return parse_object(data)


def case_lines() -> tuple[bytes, ...]:
    """Case lines of several encodings."""
    transfer = ethereum.token_transfer()
    claim = [
        {
            "asset": "USDT",
            "amount": "1000000000",
            "destination": ethereum.CLIENT,
            "token": ethereum.USDT,
        }
    ]
    cases: tuple[dict[str, Any], ...] = (
        {"id": 1, "encoding": "hex", "payload": transfer.hex(), "claim": claim},
        {"id": "b", "encoding": "hex", "payload": transfer.hex(), "chain": "ethereum"},
        {"id": None, "encoding": "b64", "payload": "eyJ4Ijoi", "kind": "label"},
        {"id": [1], "encoding": "hex", "payload": transfer.hex(), "context": {"tokens": []}},
    )
    return tuple(json.dumps(case).encode() for case in cases)
