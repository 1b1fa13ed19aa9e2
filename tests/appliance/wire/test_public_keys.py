"""Public keys in URs, against the papers' own vectors and Keystone's."""

from typing import Any

import pytest

from appliance.wire import public_keys as keys
from appliance.wire import ur
from appliance.wire.foreign_cbor import Tagged, Value, decode, encode
from appliance.wire.public_keys import FIRST, SECOND, PublicKey, Source
from tests.shared_vectors import need, shared

HARD = keys.HARDENED
PAPERS = shared("ur/bcr_papers.jsonl")
KEYSTONE = shared("ur/keystone_types.jsonl")
PUBLIC = ("hdkey", "account", "output")


def paper(name: str) -> bytes:
    """Return the body of a paper's UR."""
    (case,) = [case for case in need(PAPERS) if case["id"].startswith(name)]
    return ur.Part.parse(case["ur"]).fragment


def plain(text: str) -> PublicKey:
    return PublicKey(bytes.fromhex(text))


DERIVED = PublicKey(
    bytes.fromhex("026fe2355745bb2db3630bbc80ef5d58951c963c841f54170ba6e5c12be7fc12a6"),
    bytes.fromhex("ced155c72456255881793514edc5bd9447e7f74abb88c6d6b6480fd016ee8c85"),
    is_test=True,
    source=Source(None, (44 + HARD, 1 + HARD, 1 + HARD, 0, 1), 5),
    parent=bytes.fromhex("e9181cf3"),
)


def test_a_derived_key_is_that_of_the_paper() -> None:
    assert encode(keys.hdkey(DERIVED, SECOND)) == paper("bcr-2020-007--008")


def test_a_plain_key_is_that_of_the_paper() -> None:
    key = plain("03bec5163df25d8703150c3a1804eac7d615bb212b7cc9d7ff937aa8bd1c494b7f")
    assert encode(keys.key_in_script(key, SECOND).value) == paper("bcr-2020-008--010")


def test_descriptors_are_those_of_the_paper() -> None:
    key = plain("03fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a1460297556")
    made = keys.crypto_output(("sh", "wpkh"), None, (key,))
    assert encode(made) == paper("bcr-2020-010--014")
    two = (
        plain("022f01e5e15cca351daff3843fb70f3c2f0a1bdd05e5af888a67784ef3e10a2a01"),
        plain("03acd484e2f0c7f65309ad178a9f559abde09796974c57e714c35f110dfc27ccbe"),
    )
    made = keys.crypto_output(("sh", "multi"), 2, two)
    assert encode(made) == paper("bcr-2020-010--015")


def test_an_account_is_that_of_the_paper() -> None:
    """Taken apart, and every key and script written anew."""
    body = paper("bcr-2020-015--028")
    table: Any = decode(body)
    outputs = []
    for tagged in table[2]:
        functions, value = [], tagged.value
        while value.tag != FIRST.hdkey:
            functions.append(next(n for n, tag in keys.SCRIPTS.items() if tag == value.tag))
            value = value.value
        outputs.append(keys.crypto_output(tuple(functions), None, (_key(value.value),)))
    fingerprint = table[1].to_bytes(4, "big")
    assert len(outputs) == 7
    assert encode(keys.account(fingerprint, tuple(outputs), FIRST)) == body


def _key(table: Any) -> PublicKey:
    origin = table[6].value
    steps = zip(origin[1][::2], origin[1][1::2], strict=True)
    path = tuple(index + HARD * is_hardened for index, is_hardened in steps)
    source = Source(origin[2].to_bytes(4, "big"), path, len(path))
    return PublicKey(table[3], table[4], source=source, parent=table[8].to_bytes(4, "big"))


def test_keys_of_keystone_are_written_again_as_they_were() -> None:
    count = 0
    for case in need(KEYSTONE):
        for text in case["ur"]:
            part = ur.Part.parse(text)
            if part.transfer.fragments == 1 and part.transfer.type.endswith(PUBLIC):
                assert encode(decode(part.fragment)) == part.fragment
                count += 1
    assert count > 3


def test_an_address_of_ethereum_has_the_form_of_the_paper() -> None:
    theirs: Any = decode(paper("bcr-2020-009--012"))
    ours = keys.ethereum_address(theirs[3], SECOND)
    info = keys.coin_info(keys.ETHEREUM, SECOND, is_test=True)
    assert {**ours, 1: info} == theirs


VECTOR_4 = bytes.fromhex(
    "a301781c77736828736f727465646d756c746928322c40302c40312c403229290283d99d6fa5035821021c0b479ecf"
    "6e67713ddf0c43b634592f51c037b6f951fb1dc6361a98b1e5735e0458206b3a4cfb6a45f6305efe6e0e976b5d26ba"
    "27f7c344d7fc7abef7be2d06d52dfd06d99d70a201881830f500f500f502f5021adc56727607d99d70a101838400f4"
    "01f480f4081a18f8c2e7d99d6fa50358210397fcf2274abd243d42d42d3c248608c6d1935efca46138afef43af08e9"
    "712896045820c887c72d9d8ac29cddd5b2b060e8b0239039a149c784abe6079e24445db4aa8a06d99d70a201881830"
    "f500f500f502f5021af245ae3807d99d70a101838400f401f480f4081a221eb5a0d99d6fa5035821028342f5f7773f"
    "6fab374e1c2d3ccdba26bc0933fc4f63828b662b4357e4cc37910458205afed56d755c088320ec9bc6acd84d33737b"
    "580083759e0a0ff8f26e429e0b7706d99d70a201881830f500f500f502f5021ac5d8729707d99d70a101838400f401"
    "f480f4081a1c0ae906036f5361746f7368692773205374617368"
)
"""BCR-2023-010, test vector 4."""


def test_a_wallet_of_three_is_that_of_the_paper() -> None:
    table: Any = decode(VECTOR_4)
    three = tuple(
        PublicKey(
            key.value[3],
            key.value[4],
            source=_key(key.value).source,
            children=((0, 1), None),
            parent=_key(key.value).parent,
        )
        for key in table[2]
    )
    made = keys.output_descriptor("wsh(sortedmulti(2,@0,@1,@2))", three, "Satoshi's Stash")
    assert encode(made) == VECTOR_4


@pytest.mark.parametrize("value", [Tagged(1 << 40, ()), {1: (), "a": {2: True}}, (None, b"", -1)])
def test_what_is_written_is_read_as_the_same(value: Value) -> None:
    assert decode(encode(value)) == value


def test_the_order_of_keys_is_that_of_their_encoding() -> None:
    assert encode({"a": 1, 300: 2, 1: 3}).hex() == "a30103" + "19012c02" + "616101"


@pytest.mark.parametrize("data", [bytes(33), b"\0" + bytes([7]) * 32, bytes([2]) * 32, b""])
def test_no_private_key_can_be_written(data: bytes) -> None:
    with pytest.raises(ValueError, match="compressed public key"):
        PublicKey(data)
