"""Scripts: the closed list of those that can be paid to, and those that we can spend."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from coincurve import PublicKey

from appliance.hashes import hash160

MAX_MULTISIG_KEYS = 20
"""OP_CHECKMULTISIG's limit (BIP-383)."""

_OP_1 = 0x51
_OP_16 = 0x60
OP_RETURN = 0x6A
_OP_CHECKMULTISIG = 0xAE
_KEY_SIZE = 33
_PAY_TO_ANCHOR = bytes.fromhex("51024e73")


class Kind(StrEnum):
    """The kinds of script that have an address and that somebody can spend."""

    P2PKH = "P2PKH"
    P2SH = "P2SH"
    P2WPKH = "P2WPKH"
    P2WSH = "P2WSH"
    P2TR = "P2TR"


@dataclass(frozen=True, slots=True)
class Template:
    """A script that can be paid to, and the hash or x-only key it commits to."""

    kind: Kind
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Pattern:
    prefix: bytes
    payload_size: int
    suffix: bytes


_PATTERNS = {
    Kind.P2PKH: _Pattern(b"\x76\xa9\x14", 20, b"\x88\xac"),
    Kind.P2SH: _Pattern(b"\xa9\x14", 20, b"\x87"),
    Kind.P2WPKH: _Pattern(b"\x00\x14", 20, b""),
    Kind.P2WSH: _Pattern(b"\x00\x20", 32, b""),
    Kind.P2TR: _Pattern(b"\x51\x20", 32, b""),
}
_KINDS = {
    (len(pattern.prefix) + pattern.payload_size + len(pattern.suffix), pattern.prefix[:1]): kind
    for kind, pattern in _PATTERNS.items()
}
"""Length and first byte tell the kinds apart."""


def script_of(template: Template) -> bytes:
    """Return the script (scriptPubKey)."""
    pattern = _PATTERNS[template.kind]
    return pattern.prefix + template.payload + pattern.suffix


def template_of(script: bytes) -> Template | None:
    """Return what a script pays to, or None where it is of no kind that can be paid.

    A taproot output whose key is not a point is none: nobody could ever spend it (BIP-341).
    """
    kind = _KINDS.get((len(script), script[:1]))
    if kind is None:
        return None
    pattern = _PATTERNS[kind]
    template = Template(kind, script[len(pattern.prefix) :][: pattern.payload_size])
    if script_of(template) != script:
        return None
    if kind is Kind.P2TR and not is_point(b"\x02" + template.payload):
        return None
    return template


def unpayable_kind(script: bytes) -> str:
    """Say in words what a script without a template is."""
    if not script:
        return "an empty script, which anybody can spend"
    if script[0] == OP_RETURN:
        return f"data (OP_RETURN, {len(script)} bytes), which nobody can spend"
    if script[:2] == b"\x51\x20" and len(script) == 34:
        return "a taproot key that is not a point, which nobody can spend"
    if script == _PAY_TO_ANCHOR:
        return "an anchor (witness version 1 with 2 bytes), which anybody can spend"
    if 4 <= len(script) <= 42 and script[1] == len(script) - 2 and _is_version(script[0]):
        version = script[0] - _OP_1 + 1 if script[0] else 0
        return f"witness version {version} with {script[1]} bytes, which has no known meaning"
    return f"a bare script of {len(script)} bytes"


def _is_version(opcode: int) -> bool:
    return opcode == 0 or _OP_1 <= opcode <= _OP_16


def contradiction(
    script: bytes, redeem_script: bytes | None, witness_script: bytes | None
) -> str | None:
    """Say which script given along with `script` is not the one it commits to, if any.

    A redeem script belongs to P2SH (BIP-16), a witness script to P2WSH, bare or within P2SH
    (BIP-141).
    """
    if redeem_script is not None:
        if script_of(Template(Kind.P2SH, hash160(redeem_script))) != script:
            return "a redeem script that its script does not commit to"
        script = redeem_script
    if witness_script is not None:
        committed = sha256(witness_script).digest()
        if script_of(Template(Kind.P2WSH, committed)) != script:
            return "a witness script that its script does not commit to"
    return None


@lru_cache(maxsize=4096)
def is_point(public_key: bytes) -> bool:
    """Tell whether bytes are a compressed point of secp256k1 (SEC 1)."""
    if len(public_key) != _KEY_SIZE:
        return False
    try:
        PublicKey(public_key)
    except ValueError:
        return False
    return True


def multisig_script(threshold: int, public_keys: tuple[bytes, ...]) -> bytes:
    """Return `threshold <keys> n OP_CHECKMULTISIG` for at most 20 compressed keys."""
    pushes = b"".join(bytes((_KEY_SIZE,)) + key for key in public_keys)
    return _number(threshold) + pushes + _number(len(public_keys)) + bytes((_OP_CHECKMULTISIG,))


def _number(value: int) -> bytes:
    """Push a number from 1 to 20 in its minimal form (BIP-62, rule 3)."""
    return bytes((_OP_1 + value - 1,)) if value <= 16 else bytes((1, value))
