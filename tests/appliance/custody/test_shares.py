"""Any M shares give the secret back; fewer, mixed or damaged ones give only an error."""

from dataclasses import replace
from itertools import combinations

import pytest
import shamir_mnemonic
from hypothesis import given
from hypothesis import strategies as st
from shamir_mnemonic.shamir import EncryptedMasterSecret, decode_mnemonics, recover_ems
from shamir_mnemonic.share import Share as MnemonicShare

from appliance.custody.shares import MAX_HOLDERS, Quorum, Share, combine, split
from appliance.errors import ApprovalError, QuorumShort
from appliance.wire import record
from tests.shared_vectors import need, shared

SECRET = bytes(range(32))
SHARING = b"sharing1"


@st.composite
def quorums(draw: st.DrawFn) -> Quorum:
    holders = draw(st.integers(2, MAX_HOLDERS))
    return Quorum(draw(st.integers(2, holders)), holders)


def randomness(quorum: Quorum) -> bytes:
    return bytes(7 * n % 251 for n in range(quorum.randomness))


def shares_of(threshold: int, holders: int, secret: bytes = SECRET) -> tuple[Share, ...]:
    quorum = Quorum(threshold, holders)
    return split(secret, quorum, SHARING, randomness(quorum))


@given(quorums(), st.data())
def test_any_quorum_gives_the_secret_back(quorum: Quorum, data: st.DataObject) -> None:
    secret = data.draw(st.binary(min_size=32, max_size=32))
    drawn = data.draw(st.binary(min_size=quorum.randomness, max_size=quorum.randomness))
    shares = split(secret, quorum, SHARING, drawn)
    some = data.draw(st.permutations(shares))
    enough = data.draw(st.integers(quorum.threshold, quorum.holders))
    assert len(shares) == quorum.holders
    assert combine(tuple(some[:enough])) == secret


@given(quorums(), st.data())
def test_the_reference_library_recovers_our_shares(quorum: Quorum, data: st.DataObject) -> None:
    some = data.draw(st.permutations(shares_of(quorum.threshold, quorum.holders)))
    groups = decode_mnemonics(
        MnemonicShare(0, 1, 0, 0, 1, 1, share.index, share.threshold, share.value).mnemonic()
        for share in some[: quorum.threshold]
    )
    assert recover_ems(groups).ciphertext == SECRET


def test_public_vectors_of_256_bits_combine_as_the_reference_does() -> None:
    checked = 0
    for case in need(shared("slip39/vectors.jsonl")):
        parsed = parse_single_group(case["mnemonics"])
        if case["expect"] == "error" or parsed is None:
            continue
        first, shares = parsed
        sealed = EncryptedMasterSecret(
            first.identifier, first.extendable, first.iteration_exponent, combine(shares)
        )
        assert sealed.decrypt(case["passphrase"].encode()).hex() == case["master_secret"]
        checked += 1
    assert checked


def parse_single_group(
    mnemonics: list[str],
) -> tuple[MnemonicShare, tuple[Share, ...]] | None:
    """Return SLIP-39 shares as ours, where there is one group of at least two 256-bit shares."""
    try:
        parsed = [MnemonicShare.from_mnemonic(words) for words in mnemonics]
    except shamir_mnemonic.MnemonicError:
        return None
    first = parsed[0]
    if first.group_count != 1 or first.member_threshold < 2 or len(first.value) != 32:
        return None
    shares = (Share(SHARING, one.member_threshold, one.index, one.value) for one in parsed)
    return first, tuple(shares)


@given(quorums(), st.data())
def test_one_share_short_is_refused(quorum: Quorum, data: st.DataObject) -> None:
    some = data.draw(st.permutations(shares_of(quorum.threshold, quorum.holders)))
    with pytest.raises(QuorumShort):
        combine(tuple(some[: quorum.threshold - 1]))


@pytest.mark.parametrize(("threshold", "holders"), [(3, 3), (3, 5), (4, 6)])
def test_lying_about_the_threshold_does_not_help(threshold: int, holders: int) -> None:
    shares = shares_of(threshold, holders)
    for few in combinations(shares, threshold - 1):
        forged = tuple(replace(share, threshold=threshold - 1) for share in few)
        with pytest.raises(ApprovalError, match="do not fit together"):
            combine(forged)


def test_a_single_share_never_opens_even_where_it_claims_to() -> None:
    forged = replace(shares_of(2, 3)[0], threshold=1)
    with pytest.raises(QuorumShort):
        combine((forged,))
    with pytest.raises(QuorumShort):
        combine(())


@given(st.binary(min_size=32, max_size=32))
def test_one_share_of_two_says_nothing_about_the_secret(secret: bytes) -> None:
    """Whatever the secret, the randomness gives a byte of a share every value once."""
    salts = (bytes(27) + bytes((last,)) for last in range(256))
    shares = (split(secret, Quorum(2, 2), SHARING, salt)[0] for salt in salts)
    assert len({share.value[31] for share in shares}) == 256


@given(st.integers(0, 2), st.integers(0, 255), st.integers(0, 31))
def test_a_damaged_share_is_noticed(holder: int, mask: int, at: int) -> None:
    shares = list(shares_of(2, 3))
    damaged = bytearray(shares[holder].value)
    damaged[at] ^= mask or 1
    shares[holder] = replace(shares[holder], value=bytes(damaged))
    for given_shares in (tuple(shares), *(pair for pair in combinations(shares, 2))):
        if shares[holder] in given_shares:
            with pytest.raises(ApprovalError, match="do not fit together"):
                combine(given_shares)


def test_shares_of_two_sharings_are_refused() -> None:
    first, second = shares_of(2, 3)[:2]
    with pytest.raises(ApprovalError, match="different sharings"):
        combine((first, replace(second, sharing=b"sharing2")))
    with pytest.raises(ApprovalError, match="different sharings"):
        combine((first, replace(second, threshold=3)))


def test_one_share_twice_is_refused() -> None:
    first = shares_of(2, 3)[0]
    with pytest.raises(ApprovalError, match="given twice"):
        combine((first, first))


@pytest.mark.parametrize(("threshold", "holders"), [(1, 1), (1, 3), (0, 2), (4, 3), (2, 17)])
def test_refuses_a_quorum_that_is_none(threshold: int, holders: int) -> None:
    with pytest.raises(ApprovalError, match="is no quorum"):
        Quorum(threshold, holders)


def test_refuses_randomness_of_the_wrong_size() -> None:
    quorum = Quorum(2, 3)
    for drawn in (b"", bytes(quorum.randomness - 1), bytes(quorum.randomness + 1)):
        with pytest.raises(ValueError, match="wrong size"):
            split(SECRET, quorum, SHARING, drawn)


def test_a_share_is_a_record_and_does_not_show_itself() -> None:
    share = shares_of(2, 3)[1]
    assert record.decode(Share, record.encode(share)) == share
    assert share.value.hex() not in repr(share)
    assert repr(share.value) not in repr(share)
