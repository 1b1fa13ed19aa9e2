"""The inventory: every parser that meets foreign bytes, with seeds that it accepts."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from appliance.chains.table import ROOMS
from appliance.errors import AirlockError, DecodeError, JournalError, SettingsError
from appliance.inspection.case import MESSAGES
from appliance.inspection.containers import unwrap_file, unwrap_parts
from appliance.inspection.inspect import Inspector
from appliance.inspection.messages import explain_message
from appliance.journal.file import read_entries
from appliance.journal.fold import Fold
from appliance.model.text import judge_text
from appliance.model.transaction import DecodedTransaction
from appliance.policy.judge import is_refused
from appliance.policy.origin import unattributed
from appliance.policy.standing import decoders
from appliance.settings import parse_settings
from appliance.wire import bbqr, record, ur
from appliance.wire.canonical import decode as decode_canonical
from appliance.wire.canonical import encode as encode_canonical
from appliance.wire.envelope import Envelope
from appliance.wire.errors import LinkError, WireError
from appliance.wire.formats import Gatherer
from appliance.wire.fountain import Encoder
from appliance.wire.frame import Deframer, Framer, framed, line_encoder
from appliance.wire.messages import MAX_MESSAGE, MAX_TRANSACTION, SigningRequest
from appliance.wire.public_message import public_message_in, serialize
from appliance.wire.receiver import MAX_TRANSFERS, Receiver
from appliance.wire.registry import content_of
from appliance.wire.terms import Chain
from tests.fuzz import seeds
from tests.fuzz.campaign import Report, Target, campaign
from tests.fuzz.online import payment_target


def chain_target(chain: Chain) -> Target:
    """A chain's decoder, held to its second reader, under the fuzzer's standing rules."""
    known = seeds.REGISTERED[chain]
    decoder = decoders(known.accounts, known.tokens, known.listed)[chain]

    def read(data: bytes) -> str:
        return _outcome(decoder(data, None))

    return Target(chain.value, seeds.transactions(chain), read, (DecodeError,))


def _outcome(transaction: DecodedTransaction) -> str:
    rules = [f.rule for f in transaction.findings if f.severity.value == "refuse"]
    assert "READERS-DISAGREE" not in rules, transaction.findings
    return "refused" if is_refused(transaction.findings) else "cleared"


def canonical_target() -> Target:
    def read(data: bytes) -> str:
        value = decode_canonical(data)
        assert encode_canonical(value) == data, "two encodings of one value"
        return "read"

    return Target("canonical", seeds.ENVELOPES, read, (WireError,))


def envelope_target() -> Target:
    def read(data: bytes) -> str:
        assert Envelope.parse(data).serialize() == data, "two encodings of one envelope"
        return "read"

    return Target("envelope", seeds.ENVELOPES, read, (WireError,))


def request_target() -> Target:
    def read(data: bytes) -> str:
        assert record.encode(record.decode(SigningRequest, data)) == data
        return "read"

    return Target("request", seeds.REQUESTS, read, (WireError,))


def fountain_target() -> Target:
    """Parts of one symbol and of several, gathered on and on; a whole message is the one sent."""
    message = bytes(range(256)) * 8
    encoder = Encoder(random.Random(1).randbytes(2000) + message, 200)
    larger = encoder.resized(700)
    parts = tuple(encoder.part(number) for number in range(encoder.parts_needed + 4))
    parts += tuple(larger.part(number) for number in (0, 1, 50, 51))
    receiver = [Receiver()]

    def read(data: bytes) -> str:
        progress = receiver[0].add(data)
        if progress.complete:
            whole, receiver[0] = receiver[0].message, Receiver()
            assert whole is not None
            assert whole.endswith(message)
        return "part" if progress.rank else "refused"

    return Target("fountain", parts, read, (WireError,))


def gatherer_target() -> Target:
    """What any QR symbol in view may hold: parts of all formats into one and the same receiver."""
    message = random.Random(2).randbytes(900)
    urs = ur.Encoder("psbt", message, 90)
    parts = [urs.part(number).encode() for number in range(1, 2 * urs.transfer.fragments)]
    parts += [part.upper() for part in parts[:4]]
    for encoding in bbqr.Encoding:
        texts = bbqr.encode(bytes(2000) + message, bbqr.FileType.PSBT, 120, encoding)
        parts += [text.encode() for text in texts[:12]]
    own = Encoder(message, 120)
    parts += [own.part(number) for number in range(own.parts_needed + 2)]
    gatherer = [Gatherer()]

    def read(data: bytes) -> str:
        progress = gatherer[0].add(data)
        assert progress.rank <= progress.needed
        assert len(gatherer[0].followed) <= MAX_TRANSFERS
        if progress.complete:
            whole, gatherer[0] = gatherer[0].message, Gatherer()
            assert whole is not None
            assert len(whole.data) <= MAX_MESSAGE
            return "whole"
        return "part" if progress.rank else "refused"

    return Target("gatherer", tuple(parts), read, (LinkError,))


def frame_target() -> Target:
    stream = b"".join(framed(bytes([number]) * 40) for number in range(3))

    def read(data: bytes) -> str:
        return "frames" if Deframer().feed(data) else "none"

    return Target("frame", (stream, b"\0\0" + stream), read, ())


def line_target() -> Target:
    """A serial line from its bytes to the message: announcements, data frames, plain frames."""
    encoder, framer = line_encoder(bytes(range(256)) * 8), Framer()
    stream = b"".join(framer.frames(encoder.part(number)) for number in range(6))

    def read(data: bytes) -> str:
        deframer, receiver = Deframer(), Receiver()
        for part in (*deframer.feed(data[:50]), *deframer.feed(data[50:])):
            receiver.add(part)
        return "part" if receiver.progress.rank else "none"

    late = stream[stream.index(b"\0") + 1 :] + stream
    return Target("line", (stream, late), read, (WireError,))


def inspect_target() -> Target:
    """Whole case lines, as a stranger may write them: always answered, never raised."""
    inspector = Inspector(seeds.CONTEXT)

    def read(data: bytes) -> str:
        answer = inspector.inspect_line(data)
        json.dumps(answer)
        assert answer["verdict"] == "cleared" or any(
            finding["severity"] == "refuse" for finding in answer["findings"]
        )
        return str(answer["verdict"])

    return Target("inspect", seeds.case_lines(), read, ())


def context_target() -> Target:
    def read(data: bytes) -> str:
        Inspector(seeds.parse_context_text(data))
        return "read"

    text = json.dumps(dict(seeds.CONTEXT)).encode()
    return Target("context", (text,), read, (AirlockError,))


def journal_target() -> Target:
    def read(data: bytes) -> str:
        folded = Fold()
        for entry in read_entries(data):
            folded.add(entry)
        return "read"

    return Target("journal", (seeds.JOURNAL,), read, (JournalError,))


def settings_target() -> Target:
    def read(data: bytes) -> str:
        parse_settings(data.decode("utf-8", "surrogateescape"))
        return "read"

    return Target("settings", (seeds.SETTINGS,), read, (SettingsError,))


def address_target() -> Target:
    """Every chain's spelling of addresses: what is accepted is the one spelling."""

    def read(data: bytes) -> str:
        text, spelled = data.decode("latin-1"), "refused"
        for chain, room in ROOMS.items():
            for network in seeds.NETWORKS[chain]:
                with suppress(DecodeError):
                    own = room.normalise_address(text, network)
                    assert room.normalise_address(own, network) == own
                    spelled = "read"
        return spelled

    return Target("address", seeds.ADDRESSES, read, ())


def container_target(encoding: str) -> Target:
    """Parts of a foreign format, a line each, down to the bytes inside."""

    def read(data: bytes) -> str:
        unwrapped = unwrap_parts(encoding, data.decode("latin-1"))
        assert len(unwrapped.data) <= MAX_TRANSACTION
        return "read"

    return Target(encoding, seeds.containers(encoding), read, (LinkError, DecodeError))


def content_target() -> Target:
    """The CBOR inside a UR, of every type that is known, past the checksums around it."""

    def read(data: bytes) -> str:
        outcome = "refused"
        for ur_type in seeds.UR_TYPES:
            with suppress(DecodeError):
                content_of(ur_type, data)
                outcome = "read"
        return outcome

    return Target("content", seeds.UR_BODIES, read, ())


def public_target() -> Target:
    """The record of a request in a public format, as the link process hands it up."""

    def read(data: bytes) -> str:
        message = public_message_in(data)
        if message is None:
            return "refused"
        assert serialize(message) == data, "two encodings of one record"
        with suppress(DecodeError):
            origin = unattributed(message, bytes(32), seeds.GENESIS)
            assert not origin.content.withdrawals
        return "read"

    return Target("public", seeds.PUBLIC_MESSAGES, read, (WireError,))


def file_target() -> Target:
    """A file of any kind, as `appliance inspect FILE` takes it."""

    def read(data: bytes) -> str:
        unwrap_file(data)
        return "read"

    return Target("file", seeds.FILES, read, (LinkError, DecodeError))


def message_target() -> Target:
    """Typed data, messages and authorizations: always explained, never cleared."""

    def read(data: bytes) -> str:
        for kind in MESSAGES:
            explained = explain_message(kind, data, None)
            assert is_refused(explained.findings)
        return "read"

    return Target("message", seeds.MESSAGES, read, ())


def text_target() -> Target:
    def read(data: bytes) -> str:
        findings = judge_text(data)
        assert is_refused(findings) or not set(data.decode()) & set(map(chr, range(32)))
        return "read"

    return Target("text", seeds.TEXTS, read, ())


TARGETS: dict[str, Callable[[], Target]] = {
    **{chain.value: partial(chain_target, chain) for chain in ROOMS},
    "canonical": canonical_target,
    "envelope": envelope_target,
    "request": request_target,
    "fountain": fountain_target,
    "gatherer": gatherer_target,
    "frame": frame_target,
    "line": line_target,
    "inspect": inspect_target,
    "context": context_target,
    "ur": partial(container_target, "ur"),
    "bbqr": partial(container_target, "bbqr"),
    "content": content_target,
    "public": public_target,
    "file": file_target,
    "message": message_target,
    "text": text_target,
    "journal": journal_target,
    "settings": settings_target,
    "address": address_target,
    "payment": payment_target,
}
"""Each parser by name."""


def run(name: str, inputs: int, seed: int) -> Report:
    """Run one target's campaign."""
    return campaign(TARGETS[name](), inputs, seed)
