"""Bytewords, minimal style (BCR-2020-012): two letters a byte, closed by a CRC-32.

Each byte is the first and the last letter of one of 256 words; the last four bytes are the CRC-32
of those before them, big-endian. Letters may be of either case, because QR symbols prefer capitals.
"""

import codecs
from zlib import crc32

from appliance.wire.errors import PartRefused

CHECKSUM_SIZE = 4

_LIST = """
able acid also apex aqua arch atom aunt away axis back bald barn belt beta bias
blue body brag brew bulb buzz calm cash cats chef city claw code cola cook cost
crux curl cusp cyan dark data days deli dice diet door down draw drop drum dull
duty each easy echo edge epic even exam exit eyes fact fair fern figs film fish
fizz flap flew flux foxy free frog fuel fund gala game gear gems gift girl glow
good gray grim guru gush gyro half hang hard hawk heat help high hill holy hope
horn huts iced idea idle inch inky into iris iron item jade jazz join jolt jowl
judo jugs jump junk jury keep keno kept keys kick kiln king kite kiwi knob lamb
lava lazy leaf legs liar limp lion list logo loud love luau luck lung main many
math maze memo menu meow mild mint miss monk nail navy need news next noon note
numb obey oboe omit onyx open oval owls paid part peck play plus poem pool pose
puff puma purr quad quiz race ramp real redo rich road rock roof ruby ruin runs
rust safe saga scar sets silk skew slot soap solo song stub surf swan taco task
taxi tent tied time tiny toil tomb toys trip tuna twin ugly undo unit urge user
vast very veto vial vibe view visa void vows wall wand warm wasp wave waxy webs
what when whiz wolf work yank yawn yell yoga yurt zaps zero zest zinc zone zoom
"""
_WORDS = _LIST.split()

# Two letters are one character of UTF-16, and the words a code page of 256 of them: so the codecs
# for code pages translate, in either direction.
_UTF_16 = "utf-16-le"
_PAGE = "".join(word[0] + word[-1] for word in _WORDS).encode().decode(_UTF_16)
_CODES = {ord(character): byte for byte, character in enumerate(_PAGE)}


def encode(data: bytes) -> str:
    """Return the letters of `data` and its checksum, in lower case."""
    whole = data + crc32(data).to_bytes(CHECKSUM_SIZE, "big")
    return codecs.charmap_decode(whole, "strict", _PAGE)[0].encode(_UTF_16).decode()


def decode(text: str) -> bytes:
    """Return the bytes behind the letters. Raises PartRefused for anything `encode` cannot write.

    An empty message is refused with the rest: nothing is ever sent in it.
    """
    if len(text) % 2 or len(text) <= 2 * CHECKSUM_SIZE or not text.isascii():
        raise PartRefused("the text is not Bytewords")
    pairs = text.lower().encode().decode(_UTF_16)
    try:
        whole, _ = codecs.charmap_encode(pairs, "strict", _CODES)
    except UnicodeEncodeError:
        raise PartRefused("two letters stand for no Byteword") from None
    data, checksum = whole[:-CHECKSUM_SIZE], whole[-CHECKSUM_SIZE:]
    if crc32(data).to_bytes(CHECKSUM_SIZE, "big") != checksum:
        raise PartRefused("the checksum of the Bytewords is wrong")
    return data
