"""Uniform resources and BBQr written by hand (BCR-2020-005, BCR-2020-012, BCR-2024-001, BBQr)."""

import base64
import hashlib
import zlib
from collections.abc import Sequence

import cbor2

WORDS = (
    "ableacidalsoapexaquaarchatomauntawayaxisbackbaldbarnbeltbetabiasbluebodybragbrewbulbbuzz"
    "calmcashcatschefcityclawcodecolacookcostcruxcurlcuspcyandarkdatadaysdelidicedietdoordown"
    "drawdropdrumdulldutyeacheasyechoedgeepicevenexamexiteyesfactfairfernfigsfilmfishfizzflap"
    "flewfluxfoxyfreefrogfuelfundgalagamegeargemsgiftgirlglowgoodgraygrimgurugushgyrohalfhang"
    "hardhawkheathelphighhillholyhopehornhutsicedideaidleinchinkyintoirisironitemjadejazzjoin"
    "joltjowljudojugsjumpjunkjurykeepkenokeptkeyskickkilnkingkitekiwiknoblamblavalazyleaflegs"
    "liarlimplionlistlogoloudloveluaulucklungmainmanymathmazememomenumeowmildmintmissmonknail"
    "navyneednewsnextnoonnotenumbobeyoboeomitonyxopenovalowlspaidpartpeckplaypluspoempoolpose"
    "puffpumapurrquadquizraceramprealredorichroadrockroofrubyruinrunsrustsafesagascarsetssilk"
    "skewslotsoapsolosongstubsurfswantacotasktaxitenttiedtimetinytoiltombtoystriptunatwinugly"
    "undouniturgeuservastveryvetovialvibeviewvisavoidvowswallwandwarmwaspwavewaxywebswhatwhen"
    "whizwolfworkyankyawnyellyogayurtzapszerozestzinczonezoom"
)
MINIMAL = [WORDS[at] + WORDS[at + 3] for at in range(0, 1024, 4)]
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def bytewords(data: bytes) -> str:
    whole = data + zlib.crc32(data).to_bytes(4, "big")
    return "".join(MINIMAL[byte] for byte in whole)


def single(kind: str, body: bytes) -> str:
    return f"ur:{kind}/{bytewords(body)}"


def parts(kind: str, body: bytes, count: int, numbers: Sequence[int] = ()) -> list[str]:
    """`count` pure fragments in order, or the parts of the given sequence numbers."""
    size = -(-len(body) // count)
    fragments = [body[at : at + size].ljust(size, b"\0") for at in range(0, size * count, size)]
    assert -(-len(body) // size) == count, "every fragment carries something"
    checksum = zlib.crc32(body)
    made = []
    for number in numbers or range(1, count + 1):
        mixed = bytearray(size)
        for index in chosen(number, count, checksum):
            mixed = bytearray(a ^ b for a, b in zip(mixed, fragments[index], strict=True))
        made.append(part(kind, number, count, len(body), checksum, bytes(mixed)))
    return made


def part(kind: str, number: int, count: int, size: int, checksum: int, data: bytes) -> str:
    array = cbor2.dumps([number, count, size, checksum, data])
    return f"ur:{kind}/{number}-{count}/{bytewords(array)}"


def chosen(number: int, count: int, checksum: int) -> list[int]:
    """The fragments that a part mixes (BCR-2024-001)."""
    if number <= count:
        return [number - 1]
    source = Xoshiro(number.to_bytes(4, "big") + checksum.to_bytes(4, "big"))
    degree = 1 + source.sample([1 / n for n in range(1, count + 1)])
    remaining, shuffled = list(range(count)), []
    while remaining:
        shuffled.append(remaining.pop(source.below(len(remaining))))
    return shuffled[:degree]


class Xoshiro:
    """Xoshiro256** seeded by SHA-256."""

    def __init__(self, seed: bytes) -> None:
        digest = hashlib.sha256(seed).digest()
        self.state = [int.from_bytes(digest[at : at + 8], "big") for at in range(0, 32, 8)]

    def next(self) -> int:
        state, mask = self.state, 2**64 - 1
        product = state[1] * 5 & mask
        result = ((product << 7 | product >> 57) & mask) * 9 & mask
        shifted = state[1] << 17 & mask
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= shifted
        state[3] = (state[3] << 45 | state[3] >> 19) & mask
        return result

    def double(self) -> float:
        return self.next() / 2**64

    def below(self, limit: int) -> int:
        return int(self.double() * limit)

    def sample(self, weights: Sequence[float]) -> int:
        """Walker's alias method as Vose writes it."""
        count, total = len(weights), sum(weights)
        scaled = [weight * count / total for weight in weights]
        small = [i for i in range(count - 1, -1, -1) if scaled[i] < 1]
        large = [i for i in range(count - 1, -1, -1) if scaled[i] >= 1]
        chances, aliases = [0.0] * count, [0] * count
        while small and large:
            low, high = small.pop(), large.pop()
            chances[low], aliases[low] = scaled[low], high
            scaled[high] += scaled[low] - 1
            (small if scaled[high] < 1 else large).append(high)
        for index in [*large, *small]:
            chances[index] = 1
        first, second = self.double(), self.double()
        index = int(count * first)
        return index if second < chances[index] else aliases[index]


def base36(number: int) -> str:
    return DIGITS[number // 36] + DIGITS[number % 36]


def bbqr(data: bytes, count: int, encoding: str = "2", kind: str = "P") -> list[str]:
    """`count` parts, all but the last equally long."""
    if encoding == "Z":
        squeezed = zlib.compressobj(9, zlib.DEFLATED, -10)
        data = squeezed.compress(data) + squeezed.flush()
    step = 5 if encoding != "H" else 1
    whole = -(-len(data) // count)
    size = -(-whole // step) * step
    head = f"B${encoding}{kind}{base36(count)}"
    shares = [data[at : at + size] for at in range(0, size * count, size)]
    return [head + base36(index) + written(share, encoding) for index, share in enumerate(shares)]


def written(data: bytes, encoding: str) -> str:
    if encoding == "H":
        return data.hex().upper()
    return base64.b32encode(data).decode().rstrip("=")
