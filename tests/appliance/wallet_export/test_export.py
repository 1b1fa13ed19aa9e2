"""What is exported says exactly what is registered, whoever reads it, and nothing secret."""

import dataclasses
from itertools import islice

import cbor2
import pytest
from embit.descriptor import Descriptor
from embit.networks import NETWORKS
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import DecodeError, ExportRefused
from appliance.wallet_export.export import Form, Text, exported, shown
from appliance.wallet_export.resources import BITCOIN_TYPES, ETHEREUM_TYPES, Resource
from appliance.wire import ur
from appliance.wire.epochs import Account, BitcoinAccount, SolanaAccount, TronAccount
from appliance.wire.foreign_cbor import decode, encode
from appliance.wire.registry import Recognised, content_of
from appliance.wire.ur_decoder import Decoder
from tests.appliance.chains.bitcoin.world import public_key
from tests.appliance.wallet_export import reading
from tests.appliance.wallet_export.accounts import (
    ETHEREUM,
    EVERY_BITCOIN,
    FLAT,
    FLAT_MULTISIG,
    MASTERS,
    MIXED,
    SINGLE,
    SPLIT,
    account,
    extended,
    plain,
)

TRON = TronAccount("trx", "mainnet", "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", None, 0)
SOLANA = SolanaAccount("sol", "mainnet", "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM", ())


def resources(of: Account, ur_type: str) -> tuple[Resource, ...]:
    found = exported(of, Form.UR, ur_type)
    assert all(isinstance(each, Resource) and each.type == ur_type for each in found)
    return tuple(each for each in found if isinstance(each, Resource))


def texts(of: Account, form: Form) -> tuple[str, ...]:
    return tuple(each.text for each in exported(of, form))


def bodies(of: BitcoinAccount) -> tuple[str, ...]:
    return tuple(text.partition("#")[0] for text in texts(of, Form.DESCRIPTOR))


# Descriptors


@pytest.mark.parametrize("wallet", EVERY_BITCOIN)
def test_descriptors_are_those_that_were_signed(wallet: BitcoinAccount) -> None:
    registered = [text for pair in wallet.pairs for text in (pair.receive, pair.change)]
    assert texts(wallet, Form.DESCRIPTOR) == tuple(dict.fromkeys(registered))
    for text in texts(wallet, Form.DESCRIPTOR):
        Descriptor.from_string(text)


@pytest.mark.parametrize("wallet", EVERY_BITCOIN)
def test_first_addresses_are_those_of_another_library(wallet: BitcoinAccount) -> None:
    expected = []
    for text in texts(wallet, Form.DESCRIPTOR):
        whole = Descriptor.from_string(text)
        for branch in range(whole.num_branches):
            script = whole.derive(0, branch_index=branch).script_pubkey()
            expected.append(script.address(NETWORKS["regtest"]))
    assert texts(wallet, Form.ADDRESS) == tuple(expected)


# Uniform Resources


@pytest.mark.parametrize("wallet", EVERY_BITCOIN)
def test_an_output_descriptor_reads_back_as_it_was_written(wallet: BitcoinAccount) -> None:
    read = [reading.output_descriptor(each.body) for each in resources(wallet, "output-descriptor")]
    assert read == list(bodies(wallet))
    for each in resources(wallet, "output-descriptor"):
        assert cbor2.loads(each.body)[3] == "cold"


@pytest.mark.parametrize("wallet", EVERY_BITCOIN)
def test_a_crypto_output_reads_back_on_one_branch_each(wallet: BitcoinAccount) -> None:
    expected = [
        each
        for body in bodies(wallet)
        for each in dict.fromkeys((body.replace("<0;1>", "0"), body.replace("<0;1>", "1")))
    ]
    read = [reading.crypto_output(each.body) for each in resources(wallet, "crypto-output")]
    assert read == expected


@pytest.mark.parametrize("ur_type", ["crypto-account", "account-descriptor"])
def test_an_account_is_one_for_each_cosigner(ur_type: str) -> None:
    found = resources(MIXED, ur_type)
    for number, each in enumerate(found):
        table = cbor2.loads(each.body)
        (output,) = table[2]
        inner = output.value
        text = (
            reading.script(inner)
            if ur_type == "crypto-account"
            else reading.output_descriptor(cbor2.dumps(inner))
        )
        assert text == f"wsh(cosigner({extended(number)}))"
        assert f"{table[1]:08x}" == extended(number)[1:9]
    assert len(found) == 2


def test_an_account_of_one_key_has_its_script_and_no_branches() -> None:
    for wallet in (SINGLE, SPLIT):
        (found,) = resources(wallet, "account-descriptor")
        (output,) = cbor2.loads(found.body)[2]
        text = reading.output_descriptor(cbor2.dumps(output.value))
        assert text == f"wpkh({extended(0, '84h/1h/0h')})"


@pytest.mark.parametrize(("ur_type", "tag"), [("crypto-hdkey", 303), ("hdkey", 40303)])
def test_an_extended_key_is_exported_by_itself(ur_type: str, tag: int) -> None:
    found = [cbor2.CBORTag(tag, cbor2.loads(each.body)) for each in resources(MIXED, ur_type)]
    assert [reading.expression(key) for key in found] == [extended(0), extended(1)]
    assert [key.value[5].value for key in found] == [{2: 1}] * 2


@pytest.mark.parametrize("wallet", [FLAT, FLAT_MULTISIG])
@pytest.mark.parametrize("ur_type", BITCOIN_TYPES[2:])
def test_plain_keys_have_no_account_and_no_extended_key(
    wallet: BitcoinAccount, ur_type: str
) -> None:
    with pytest.raises(ExportRefused):
        exported(wallet, Form.UR, ur_type)


def test_a_key_that_no_ur_can_say_stays_as_it_is_written() -> None:
    unknown = extended(0).replace(extended(0)[1:9], "00000000")
    elsewhere = extended(1).replace("2h]", "3h]")
    body = f"wsh(multi(2,{unknown}/0/*,{elsewhere}/0/*,{plain(1)}))"
    wallet = account((body, body), end=5)
    (found,) = resources(wallet, "output-descriptor")
    assert cbor2.loads(found.body)[1] == body.replace(plain(1), "@0")
    assert reading.output_descriptor(found.body) == body
    with pytest.raises(ExportRefused, match="output-descriptor"):
        exported(wallet, Form.UR, "crypto-output")
    assert shown(wallet) == (found,)


def test_a_descriptor_of_no_expressible_key_is_carried_whole() -> None:
    body = f"wpkh({extended(0).replace(extended(0)[1:9], '00000000')}/0/*)"
    wallet = account((body, body), end=5)
    (found,) = resources(wallet, "output-descriptor")
    assert cbor2.loads(found.body) == {1: wallet.pairs[0].receive, 3: "cold"}


def test_an_account_without_a_known_master_is_refused() -> None:
    bare = extended(0).partition("]")[2]
    wallet = account((f"wpkh({bare}/0/*)",) * 2, end=5)
    (found,) = resources(wallet, "crypto-output")
    assert reading.crypto_output(found.body) == f"wpkh({bare}/0/*)"
    for ur_type in ("crypto-account", "account-descriptor"):
        with pytest.raises(ExportRefused, match="master"):
            exported(wallet, Form.UR, ur_type)


FORMS = ("pkh({})", "wpkh({})", "sh(wpkh({}))", "tr({})")
MULTI = ("wsh({}multi({},{}))", "sh(wsh({}multi({},{})))")
STEPS = st.lists(st.integers(0, (1 << 31) - 1), max_size=3)


@st.composite
def keys(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return plain(draw(st.integers(1, 40)))
    path = "/".join(f"{n}{'h' * draw(st.booleans())}" for n in draw(STEPS)) or "0"
    written = extended(draw(st.integers(0, 2)), path, "mainnet")
    if draw(st.booleans()):
        written = written.partition("]")[2]
    return (
        written
        + "".join(f"/{step}" for step in draw(STEPS))
        + draw(st.sampled_from(("", "/*", "/<0;1>/*")))
    )


@st.composite
def wallets(draw: st.DrawFn) -> BitcoinAccount:
    if draw(st.booleans()):
        body = draw(st.sampled_from(FORMS)).format(draw(keys()))
    else:
        written = draw(st.lists(keys(), min_size=1, max_size=5, unique_by=lambda key: key[-70:]))
        threshold = draw(st.integers(1, len(written)))
        order = draw(st.sampled_from(("", "sorted")))
        body = draw(st.sampled_from(MULTI)).format(order, threshold, ",".join(written))
    return account((body, body), network="mainnet")


@given(wallets())
@settings(max_examples=150, deadline=None)
def test_any_wallet_reads_back_and_is_recognised(wallet: BitcoinAccount) -> None:
    (body,) = bodies(wallet)
    found = resources(wallet, "output-descriptor") + resources(wallet, "crypto-output")
    assert reading.output_descriptor(found[0].body) == body
    halves = dict.fromkeys((body.replace("<0;1>", "0"), body.replace("<0;1>", "1")))
    assert [reading.crypto_output(each.body) for each in found[1:]] == list(halves)
    for each in found:
        assert isinstance(content_of(each.type, each.body), Recognised)
        assert encode(decode(each.body)) == each.body
    assert exported(wallet, Form.UR, "crypto-output") == found[1:]


@pytest.mark.parametrize("wallet", [*EVERY_BITCOIN, ETHEREUM])
def test_everything_exported_is_recognised_as_public_and_canonical(wallet: Account) -> None:
    for ur_type in BITCOIN_TYPES if isinstance(wallet, BitcoinAccount) else ETHEREUM_TYPES:
        try:
            found = resources(wallet, ur_type)
        except ExportRefused:
            continue
        for each in found:
            assert isinstance(content_of(ur_type, each.body), Recognised)
            assert encode(decode(each.body)) == each.body
            assert cbor2.dumps(cbor2.loads(each.body), canonical=True) == each.body


def test_a_ur_is_one_text_or_any_parts() -> None:
    (found, _) = resources(MIXED, "crypto-output")
    assert ur.Part.parse(found.text.upper()).fragment == found.body
    decoder = Decoder()
    for part in islice(ur.Encoder(found.type, found.body, 60).parts(), 3, 40):
        decoder.add(part)
    assert decoder.message == found.body


@pytest.mark.parametrize("form", Form)
def test_a_descriptor_with_a_private_key_is_exported_in_no_form(form: Form) -> None:
    private = MASTERS[0].to_base58(version=NETWORKS["regtest"]["xprv"])
    wallet = account((f"wpkh({private}/0/*)",) * 2, end=5)
    with pytest.raises(DecodeError):
        exported(wallet, form)


# One key, one address


@pytest.mark.parametrize(("ur_type", "coin"), [("crypto-hdkey", 305), ("hdkey", 40305)])
def test_an_ethereum_key_is_that_key_alone(ur_type: str, coin: int) -> None:
    (found,) = resources(ETHEREUM, ur_type)
    assert cbor2.loads(found.body) == {3: public_key(1), 5: cbor2.CBORTag(coin, {1: 60})}


def test_an_ethereum_address_is_exported_as_it_is() -> None:
    (found,) = resources(ETHEREUM, "address")
    address = bytes.fromhex(ETHEREUM.address[2:])
    assert cbor2.loads(found.body) == {1: cbor2.CBORTag(40305, {1: 60}), 3: address}
    assert shown(ETHEREUM) == exported(ETHEREUM, Form.ADDRESS)
    assert shown(ETHEREUM) == (Text("eth: address", ETHEREUM.address),)


def test_an_ethereum_key_that_is_not_known_is_not_made_up() -> None:
    keyless = dataclasses.replace(ETHEREUM, public_key=None)
    assert texts(keyless, Form.ADDRESS) == (ETHEREUM.address,)
    with pytest.raises(ExportRefused):
        exported(keyless, Form.UR)


@pytest.mark.parametrize("wallet", [TRON, SOLANA])
def test_other_chains_have_their_address(wallet: TronAccount | SolanaAccount) -> None:
    assert texts(wallet, Form.ADDRESS) == (wallet.address,)
    with pytest.raises(ExportRefused):
        exported(wallet, Form.UR)


@pytest.mark.parametrize(
    ("wallet", "form", "ur_type"),
    [
        (ETHEREUM, Form.DESCRIPTOR, None),
        (ETHEREUM, Form.BSMS, None),
        (ETHEREUM, Form.UR, "crypto-output"),
        (FLAT, Form.UR, "address"),
        (FLAT, Form.UR, "seed"),
        (FLAT, Form.BSMS, "crypto-output"),
    ],
)
def test_refuses_a_form_that_the_wallet_has_not(
    wallet: Account, form: Form, ur_type: str | None
) -> None:
    with pytest.raises(ExportRefused):
        exported(wallet, form, ur_type)
