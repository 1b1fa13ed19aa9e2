"""The other side of the links, written from docs/wire-protocol.md section 5 alone.

It shares nothing with the product and is as plain as can be: a byte at a time, tables of
logarithms, schoolbook elimination.
"""

import hashlib
import zlib

EXP, LOG = [0] * 512, [0] * 256
_power = 1
for _exponent in range(255):
    EXP[_exponent] = EXP[_exponent + 255] = _power
    LOG[_power] = _exponent
    _power = _power << 1 ^ (0x11D if _power & 0x80 else 0)


def times(a: int, b: int) -> int:
    return EXP[LOG[a] + LOG[b]] if a and b else 0


def symbol_size(block_length: int, part_size: int) -> int:
    room = part_size - 18
    frames = -(-block_length // 1255)
    sizes = {n: min(-(-block_length // (frames * n)), 1255 // n) for n in range(1, 11)}
    allowed = min(10, -(-1000 // frames))
    fitting = [n for n in sizes if 100 * -(-block_length // (n * sizes[n])) <= 101 * frames]
    size = sizes[max(n for n in fitting if n <= allowed)]
    if 4 * (room // size * size) >= 3 * min(room, block_length):
        return size
    return -(-block_length // -(-block_length // room))


def factors(transfer_id: bytes, number: int, count: int) -> list[int]:
    if number < count:
        return [int(index == number) for index in range(count)]
    return list(hashlib.shake_128(transfer_id + number.to_bytes(4, "big")).digest(count))


def whitened(data: bytes, transfer_id: bytes) -> bytes:
    noise = hashlib.shake_128(b"whitening" + transfer_id).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, noise, strict=True))


def part(block: bytes, size: int, first: int, count: int) -> bytes:
    """Return the part of `count` symbols of a block that begins with symbol `first`."""
    transfer_id = hashlib.sha256(b"airlock fountain 1" + block).digest()[:8]
    total = -(-len(block) // size)
    white = whitened(block.ljust(total * size, b"\0"), transfer_id)
    symbols = b""
    for number in range(first, first + count):
        symbol = [0] * size
        for index, factor in enumerate(factors(transfer_id, number, total)):
            for place in range(size):
                symbol[place] ^= times(factor, white[index * size + place])
        symbols += bytes(symbol)
    header = len(block).to_bytes(3, "big") + size.to_bytes(2, "big") + first.to_bytes(4, "big")
    return b"\xa1" + transfer_id + header + symbols


def message(parts: list[bytes]) -> bytes:
    """Return the message of parts of one transfer that are enough for it."""
    transfer_id, length = parts[0][1:9], int.from_bytes(parts[0][9:12], "big")
    size = int.from_bytes(parts[0][12:14], "big")
    total = -(-length // size)
    rows = []
    for each in parts:
        assert each[:14] == parts[0][:14]
        first, body = int.from_bytes(each[14:18], "big"), each[18:]
        assert len(body) % size == 0
        for index in range(len(body) // size):
            symbol = body[index * size : (index + 1) * size]
            rows.append(factors(transfer_id, first + index, total) + list(symbol))
    block = whitened(b"".join(bytes(row[total:]) for row in solved(rows, total)), transfer_id)
    block = block[:length]
    assert hashlib.sha256(b"airlock fountain 1" + block).digest()[:8] == transfer_id
    body = zlib.decompress(block[33:]) if block[0] else block[33:]
    assert hashlib.sha256(body).digest() == block[1:33]
    return body


def solved(rows: list[list[int]], unknowns: int) -> list[list[int]]:
    """Return the rows of the identity that these rows come to."""
    for column in range(unknowns):
        pivot = next(row for row in range(column, len(rows)) if rows[row][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        inverse = EXP[255 - LOG[rows[column][column]]]
        rows[column] = [times(inverse, each) for each in rows[column]]
        for other in range(len(rows)):
            factor = rows[other][column]
            if other != column and factor:
                rows[other] = [
                    a ^ times(factor, b) for a, b in zip(rows[other], rows[column], strict=True)
                ]
    return rows[:unknowns]
