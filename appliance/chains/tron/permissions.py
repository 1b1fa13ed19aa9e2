"""Who would control an account after AccountPermissionUpdate, which is how accounts are taken."""

from collections.abc import Iterator

from appliance.chains.tron.words import account, words
from appliance.codecs.protobuf import Field, Message, Scalar, Values

MAX_KEYS = 5
"""Keys of a permission that are named; the network allows five."""
MAX_ACTIVE = 8
"""Active permissions that are explained; the network allows eight."""

_KEY = Message("Key", (Field(1, "address", Scalar.BYTES), Field(2, "weight", Scalar.INT64)))
_PERMISSION = Message(
    "Permission",
    (
        Field(1, "type", Scalar.INT32),
        Field(2, "id", Scalar.INT32),
        Field(3, "permission_name", Scalar.STRING),
        Field(4, "threshold", Scalar.INT64),
        Field(5, "parent_id", Scalar.INT32),
        Field(6, "operations", Scalar.BYTES),
        Field(7, "keys", _KEY, repeated=True),
    ),
)
PERMISSION_UPDATE = Message(
    "AccountPermissionUpdateContract",
    (
        Field(1, "owner", Scalar.BYTES),
        Field(2, "owner_permission", _PERMISSION),
        Field(3, "witness_permission", _PERMISSION),
        Field(4, "actives", _PERMISSION, repeated=True),
    ),
)


def permission_clauses(values: Values) -> Iterator[str]:
    """Say what becomes of the account, then who holds each permission, one clause each."""
    owner, owner_permission, witness_permission, actives = values
    yield f"replaces every permission of {account(owner)}: only the keys named here control it then"
    if owner_permission:
        yield _permission("owner permission", owner, owner_permission)
    if witness_permission:
        yield _permission("witness permission", owner, witness_permission)
    for active in actives[:MAX_ACTIVE]:
        yield _permission("active permission", owner, active)
    if len(actives) > MAX_ACTIVE:
        yield f"{len(actives) - MAX_ACTIVE:,} active permissions more"


def _permission(kind: str, owner: bytes, values: Values) -> str:
    _, identifier, name, threshold, _, operations, keys = values
    holders = [_holder(owner, *key) for key in keys[:MAX_KEYS]]
    if len(keys) > MAX_KEYS:
        holders.append(f"{len(keys) - MAX_KEYS:,} keys more")
    named = f"{kind} {identifier}" if identifier else kind
    called = f" {words(name.encode())}" if name else ""
    allowed = f", for {_count(operations)} types of operation" if operations else ""
    goes_to = ", ".join(holders) or "nobody"
    return f"{named}{called} goes to {goes_to}, threshold {threshold:,}{allowed}"


def _holder(owner: bytes, address: bytes, weight: int) -> str:
    itself = " (the account itself)" if address == owner else ""
    return f"{account(address)}{itself} with weight {weight:,}"


def _count(operations: bytes) -> int:
    """Count the bits that are set: one for each type of contract."""
    return int.from_bytes(operations, "big").bit_count()
