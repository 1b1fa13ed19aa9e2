"""Signatures as wallets take them back: `eth-`, `sol-` and `tron-signature`.

Ethereum: ERC-4527. Solana and TRON: Keystone's published SDKs. TRON's two layouts differ in their
requests alone; the answers have one form, because the body of a UR carries no tag of its own.
"""

from appliance.wire import canonical
from appliance.wire.sign_request import UUID_TAG

_MAP = 0xA0
_TAG = 0xD8
_ETHEREUM_LEAST, _SOLANA_SIZE, _TRON_SIZE = 65, 64, 65


def ethereum_signature(request_id: bytes | None, signature: bytes, origin: str | None) -> bytes:
    """Return the body of an `eth-signature`: r ‖ s ‖ v, v of one byte or, behind EIP-155, more.

    `origin` names the device that signed, where it says so. Raises ValueError for another size.
    """
    if len(signature) < _ETHEREUM_LEAST:
        raise ValueError("an Ethereum signature is r, s and v")
    return _body(request_id, signature, origin)


def solana_signature(request_id: bytes | None, signature: bytes) -> bytes:
    """Return the body of a `sol-signature`: 64 bytes of Ed25519. Raises ValueError."""
    if len(signature) != _SOLANA_SIZE:
        raise ValueError("a Solana signature has 64 bytes")
    return _body(request_id, signature, None)


def tron_signature(request_id: bytes | None, signature: bytes) -> bytes:
    """Return the body of a `tron-signature` of either layout: r ‖ s ‖ recovery id.

    Raises ValueError for another size.
    """
    if len(signature) != _TRON_SIZE:
        raise ValueError("a TRON signature has 65 bytes")
    return _body(request_id, signature, None)


def _body(request_id: bytes | None, signature: bytes, origin: str | None) -> bytes:
    """Return {1: 37(id)?, 2: signature, 3: origin?} in deterministic CBOR."""
    fields = [canonical.encode(2) + canonical.encode(signature)]
    if request_id is not None:
        uuid = bytes((_TAG, UUID_TAG)) + canonical.encode(request_id)
        fields.insert(0, canonical.encode(1) + uuid)
    if origin is not None:
        fields.append(canonical.encode(3) + canonical.encode(origin))
    return bytes((_MAP + len(fields),)) + b"".join(fields)
