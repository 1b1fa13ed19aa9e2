"""Reading the exported URs back into descriptors, written apart from what writes them."""

from typing import Any

import cbor2
from embit.base58 import encode_check

SCRIPTS = {400: "sh", 401: "wsh", 403: "pkh", 404: "wpkh", 409: "tr", 410: "cosigner"}
MULTI = {406: "multi", 407: "sortedmulti"}
PLAIN, EXTENDED = {306, 40306}, {303, 40303}


def crypto_output(body: bytes) -> str:
    return script(cbor2.loads(body))


def output_descriptor(body: bytes) -> str:
    table = cbor2.loads(body)
    text = str(table[1]).partition("#")[0]
    for number, key in reversed(list(enumerate(table.get(2, ())))):
        text = text.replace(f"@{number}", expression(key))
    return text


def script(value: Any) -> str:
    match value:
        case cbor2.CBORTag(tag=tag, value=table) if tag in MULTI:
            keys = ",".join(map(expression, table[2]))
            return f"{MULTI[tag]}({table[1]},{keys})"
        case cbor2.CBORTag(tag=tag, value=inner) if tag in SCRIPTS:
            return f"{SCRIPTS[tag]}({script(inner)})"
        case _:
            return expression(value)


def expression(key: cbor2.CBORTag) -> str:
    """Return a key as a descriptor writes it, an extended one rebuilt from its fields."""
    table = key.value
    assert not table.get(1)
    assert not table.get(2)
    origin = table[6].value if 6 in table else {}
    written = "" if 2 not in origin else f"[{origin[2]:08x}{path(origin[1])}]"
    if 4 not in table:
        return written + str(table[3].hex())
    version = bytes.fromhex("043587cf" if 5 in table else "0488b21e")
    steps = origin.get(1, [])
    depth = origin.get(3, len(steps) // 2)
    child = steps[-2] + (steps[-1] << 31) if steps else 0
    head = version + bytes([depth]) + table.get(8, 0).to_bytes(4, "big") + child.to_bytes(4, "big")
    children = path(table[7].value[1]) if 7 in table else ""
    return written + str(encode_check(head + table[4] + table[3])) + children


def path(components: list[Any]) -> str:
    parts, rest = [], list(components)
    while rest:
        match rest.pop(0):
            case []:
                parts.append("*")
                assert rest.pop(0) is False
            case [low, False, high, False]:
                parts.append(f"<{low};{high}>")
            case index:
                parts.append(f"{index}{'h' * rest.pop(0)}")
    return "".join(f"/{part}" for part in parts)
