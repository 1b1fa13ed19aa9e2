"""Extended keys that a PSBT names beside its inputs (PSBT_GLOBAL_XPUB, BIP-174).

Nothing here is read by them. But other software that does so could be led to somebody else's key,
and a wallet's PSBT has no reason to name one.
"""

from collections.abc import Iterator

from appliance.chains.bitcoin.derivations import derivation_text
from appliance.chains.bitcoin.descriptor import keys_of
from appliance.chains.bitcoin.inputs import ReadInput
from appliance.chains.bitcoin.key_expression import DerivedKey
from appliance.chains.bitcoin.psbt_fields import GlobalField
from appliance.chains.bitcoin.psbt_maps import Psbt
from appliance.model.rule import Rule, attention
from appliance.wire.messages import Finding

MAX_NAMED = 20
"""Findings about one PSBT's extended keys."""

_CHAIN_CODE = slice(13, 45)
_PUBLIC_KEY = slice(45, 78)


def extended_key_objections(psbt: Psbt, inputs: tuple[ReadInput, ...]) -> Iterator[Finding]:
    """Point out extended keys that are of no cosigner of the wallet that pays.

    A wallet of plain keys has none to compare with.
    """
    ours = {
        (key.key.public_key, key.key.chain_code)
        for descriptor in {read.owned.descriptor for read in inputs if read.owned}
        for key in keys_of(descriptor)
        if isinstance(key, DerivedKey)
    }
    named = (field for field in psbt.fields if field.type == GlobalField.XPUB and ours)
    foreign = [
        field
        for field in named
        if (field.key_data[_PUBLIC_KEY], field.key_data[_CHAIN_CODE]) not in ours
    ]
    for field in foreign[:MAX_NAMED]:
        at = derivation_text(field.value) if isinstance(field.value, bytes) else "an unknown path"
        message = f"an extended key that is said to be at {at} is of no cosigner of this wallet"
        yield attention(Rule.XPUB_FOREIGN, message, "extended keys")
