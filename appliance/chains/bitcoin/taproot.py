"""Taproot keys that are spent by the key alone (BIP-340, BIP-341, BIP-86)."""

from coincurve import PublicKey

from appliance.errors import MalformedTransaction
from appliance.hashes import tagged_hash


def output_key(internal_key: bytes) -> bytes:
    """Return the x-only output key that commits to an x-only internal key and to no script.

    Raises MalformedTransaction for what is not the x of a point, and for the one key in 2^128 whose
    tweak is not a number below the curve's order.
    """
    try:
        point = PublicKey(b"\x02" + internal_key).add(tagged_hash("TapTweak", internal_key))
    except ValueError:
        raise MalformedTransaction("a taproot key has no output key") from None
    return point.format()[1:]
