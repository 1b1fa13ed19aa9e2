"""What a sealed volume's header says of how it is opened: whose TPM holds half of its key.

The token is JSON because LUKS2 asks for that, and holds one record of ours. Anybody may have had
the medium in their hands: what is not exactly a record, in its one encoding, is refused.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from airlock_os.volume.luks import VolumeFailed
from appliance.wire import record
from appliance.wire.errors import NotCanonical
from appliance.wire.shapes import Below, Length

KIND = "airlock-volume"
LARGEST_RECOVERY = 5 << 10
SLOTS = (0, 2)
"""The two places of the everyday key. The recovery key is in the slot behind it; a volume that is
sealed anew changes over to the other two, so that at no moment nothing opens it."""


@dataclass(frozen=True, slots=True)
class Held:
    """The sealed secret, as the floor encodes it; the everyday key's slot; the officers' shares.

    `recovery` is empty where no quorum was set up, else what `recovery_quorum` reads.
    """

    slot: Annotated[int, Below(max(SLOTS) + 1)]
    sealed: Annotated[bytes, Length(1, 2048)]
    recovery: Annotated[bytes, Length(0, LARGEST_RECOVERY)]

    @property
    def recovery_slot(self) -> int:
        """The recovery key's slot."""
        return self.slot + 1


def encoded(held: Held) -> bytes:
    """Return the token as JSON."""
    slots = [str(held.slot), *([str(held.recovery_slot)] if held.recovery else [])]
    token = {"type": KIND, "keyslots": slots, "held": record.encode(held).hex()}
    return json.dumps(token).encode("ascii")


def decoded(token: bytes) -> Held:
    """Read a token. Raises VolumeFailed for anything that was not written here.

    Which slots cryptsetup counts as the token's own is its business and not believed.
    """
    try:
        read = json.loads(token.decode("ascii"), object_pairs_hook=_once)
        body = _hexadecimal(read)
        held = record.decode(Held, body)
    except (ValueError, RecursionError, NotCanonical) as problem:
        raise VolumeFailed("the volume's token is none of ours") from problem
    if held.slot not in SLOTS:
        raise VolumeFailed("the volume's token names a slot that is none of ours")
    return held


def _hexadecimal(read: object) -> bytes:
    match read:
        case {"type": str(kind), "keyslots": list(), "held": str(text), **rest}:
            body = bytes.fromhex(text)
            if kind == KIND and not rest and body.hex() == text:
                return body
        case _:
            pass
    raise ValueError("another token")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)
