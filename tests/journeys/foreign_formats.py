"""UR and BBQr as another wallet writes and reads them: none of the appliance's code.

Bytewords: BCR-2020-012, minimal style. UR: BCR-2020-005, of which only whole fragments are written.
BBQr: Coinkite's specification.
"""

import base64
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path

import cbor2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from qrcode.constants import ERROR_CORRECT_L
from qrcode.main import QRCode

from appliance.wire import camera

Image = NDArray[np.uint8]
PAIRS = (
    "aeadaoaxaaahamatayasbkbdbnbtbabsbebybgbwbbbzcmchcscfcycwcecackct"
    "cxclcpcndkdadsdidedtdrdndwdpdmdldyeheyeoeeecenemetesftfrfnfsfmfh"
    "fzfpfwfxfyfefgflfdgagegrgsgtglgwgdgygmgughgohfhghdhkhthphhhlhyhe"
    "hnhsidiaieihiyioisinimjejzjnjtjljojsjpjkjykpkoktkskkknkgkekikblb"
    "lalylflslrlplnltloldlelulklgmnmymhmemomumwmdmtmsmknlnyndnsntnnne"
    "nboyoeotoxonolospdptpkpypspmplpepfpaprqdqzrerprlrorhrdrkrfryrnrs"
    "rtsesasrssskswstspsosgsbsfsntotktitttdtetytltbtstptatnuyuoutueur"
    "vtvyvovlvevwvavdvswlwdwmwpwewywswtwnwzwfwkykynylyaytzszoztzczezm"
)
FRAGMENT, SHARE = 120, 150
SCALE = 6
FRAMES_EACH = 2
"""Frames of the film in which one symbol stands."""


def bytewords(data: bytes) -> str:
    """Two letters for each byte, and for each of the CRC-32 behind them."""
    whole = data + zlib.crc32(data).to_bytes(4, "big")
    return "".join(PAIRS[2 * byte : 2 * byte + 2] for byte in whole)


def bytes_of(letters: str) -> bytes:
    """What the letters stand for, their checksum compared."""
    numbers = {PAIRS[at : at + 2]: at // 2 for at in range(0, len(PAIRS), 2)}
    whole = bytes(numbers[letters[at : at + 2]] for at in range(0, len(letters), 2))
    assert zlib.crc32(whole[:-4]).to_bytes(4, "big") == whole[-4:]
    return whole[:-4]


def ur_parts(ur_type: str, body: bytes) -> list[str]:
    """A UR in one part, or as its fragments."""
    if len(body) <= FRAGMENT:
        return [f"ur:{ur_type}/{bytewords(body)}"]
    count = -(-len(body) // FRAGMENT)
    size = -(-len(body) // count)
    checksum = zlib.crc32(body)
    cut = [body[at : at + size].ljust(size, b"\0") for at in range(0, len(body), size)]
    arrays = ([n, count, len(body), checksum, each] for n, each in enumerate(cut, 1))
    return [f"ur:{ur_type}/{a[0]}-{count}/{bytewords(cbor2.dumps(a))}" for a in arrays]


def ur_body(texts: Iterable[str]) -> tuple[str, bytes]:
    """The type and body of a UR that was shown whole, or in fragments of which all were seen."""
    found: dict[int, list[object]] = {}
    for text in texts:
        form = re.fullmatch(r"ur:([a-z0-9-]+)/(?:(\d+)-(\d+)/)?([a-z]+)", text.lower())
        assert form is not None, text
        data = bytes_of(form[4])
        if form[2] is None:
            return form[1], data
        number, count, length, _, fragment = cbor2.loads(data)
        found[number] = [fragment]
        if all(n in found for n in range(1, count + 1)):
            whole = b"".join(found[n][0] for n in range(1, count + 1))  # type: ignore[misc]
            return form[1], whole[:length]
    raise AssertionError("not every fragment was seen")


def bbqr_parts(data: bytes, encoding: str) -> list[str]:
    """A PSBT as a BBQr."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -10)
    stream = deflate.compress(data) + deflate.flush() if encoding == "Z" else data
    shares = [stream[at : at + SHARE] for at in range(0, len(stream), SHARE)]
    count = np.base_repr(len(shares), 36).zfill(2)
    headers = (f"B${encoding}P{count}{np.base_repr(n, 36).zfill(2)}" for n in range(len(shares)))
    return [head + _written(each, encoding) for head, each in zip(headers, shares, strict=True)]


def _written(share: bytes, encoding: str) -> str:
    if encoding == "H":
        return share.hex().upper()
    return base64.b32encode(share).decode().rstrip("=")


def bbqr_file(texts: Sequence[str]) -> bytes:
    """The PSBT in a BBQr all of whose parts are there."""
    shares = {int(text[6:8], 36): text[8:] for text in texts}
    assert set(shares) == set(range(int(texts[0][4:6], 36)))
    stream = b"".join(_share(shares[n], texts[0][2]) for n in sorted(shares))
    return zlib.decompress(stream, -10) if texts[0][2] == "Z" else stream


def _share(text: str, encoding: str) -> bytes:
    if encoding == "H":
        return bytes.fromhex(text)
    return base64.b32decode(text + "=" * (-len(text) % 8))


def film(texts: Sequence[str], path: Path) -> None:
    """Film a screen that shows these texts as QR symbols, one after the other."""
    camera.record(
        (frame for text in texts for frame in repeat(_picture(text), FRAMES_EACH)), path, 15
    )


def _picture(text: str) -> Image:
    code = QRCode(12, ERROR_CORRECT_L, border=4)
    code.add_data(text.upper())
    code.make(fit=False)
    dark = np.array(code.get_matrix(), np.uint8)
    return np.kron((1 - dark) * np.uint8(255), np.ones((SCALE, SCALE), np.uint8))


def read_symbols(pictures: Iterable[Image]) -> Iterator[str]:
    """Read the text of every symbol in sight."""
    for picture in pictures:
        for barcode in zxingcpp.read_barcodes(picture):
            yield barcode.text
