"""Seeded bugs: break one reader on purpose, and see whether the other one notices.

How a chain is added. Write a module beside this one with a `SUBJECT` of type Subject:

- `chain` names the folder under `appliance/chains`; its `decode.py` and `second_reader.py` are the
  two readers. Everything else in that folder, and `appliance/codecs`, belongs to the first reader.
- `corpus` is what both readers are asked: Item(name, data, registered, wallet, cleared). A cleared
  item is one that the honest first reading does not refuse and that the honest second one agrees
  to; the others are refused by both, each by itself (a DecodeError or a refusing finding).
- `first` and `second` are the bugs, as data, written by `misreading` or `slip`: a file relative to
  `appliance/`, what the bug is, and pairs of a text and what takes its place. Each text stands
  exactly once in the file. One that is no longer there, or there twice, is an error, so that no bug
  is ever lost silently. Several pairs make a consistent mistake, such as fields that are swapped
  in reading and swapped back in writing.
- `missed` are the bugs that the other reader cannot notice, with the reason in `what`.

Then name it in `test_seeded_bugs.py`. A bug is applied by importing the patched module
afresh, and all of the reader's that stand on it, in this process; the honest ones stay what they
were.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from appliance.chains.agreement import agreeing
from appliance.chains.interface import Decoder, Registered, SecondReader
from appliance.errors import DecodeError
from appliance.model.rule import Rule
from appliance.model.transaction import DecodedTransaction
from appliance.wire.terms import Severity

Word = TypeVar("Word", str, str | None)
Reading = TypeVar("Reading")
APPLIANCE = Path(__file__).parents[2] / "appliance"


class Kind(StrEnum):
    """What sort of mistake a bug is."""

    MISREADING = "a misreading of the specification"
    SLIP = "a slip of the pen"


class Notice(StrEnum):
    """How a bug came to light."""

    DISAGREE = "the readers disagree"
    OTHER_REFUSES = "it states what the other refuses"
    REFUSES = "it refuses what is valid"
    CRASHES = "it ends in an exception that is no refusal"


SAID = (Notice.DISAGREE, Notice.OTHER_REFUSES)
"""What two readers say, and not how one of them ends."""


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug: in this file, each of these texts becomes another one."""

    file: str
    kind: Kind
    what: str
    changes: tuple[tuple[str, str], ...]

    @property
    def module(self) -> str:
        return "appliance." + self.file.removesuffix(".py").replace("/", ".")

    @property
    def source(self) -> str:
        """The patched source. Raises LookupError where a text does not stand there exactly once."""
        source = (APPLIANCE / self.file).read_text("utf-8")
        for text, instead in self.changes:
            if source.count(text) != 1:
                message = f"{self.file} has {source.count(text)} times {text!r}"
                raise LookupError(message)
            source = source.replace(text, instead)
        return source


def misreading(file: str, what: str, *texts: str) -> Bug:
    return Bug(file, Kind.MISREADING, what, _pairs(texts))


def slip(file: str, what: str, *texts: str) -> Bug:
    return Bug(file, Kind.SLIP, what, _pairs(texts))


def _pairs(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(zip(texts[::2], texts[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class Item:
    """Bytes that both readers are asked about, and whether they are to be cleared."""

    name: str
    data: bytes
    registered: Registered
    wallet: str | None = None
    cleared: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """The two readers of a chain, what they are asked, and how they are broken."""

    chain: str
    corpus: tuple[Item, ...]
    first: tuple[Bug, ...]
    second: tuple[Bug, ...]
    missed: tuple[Bug, ...] = ()

    @property
    def folder(self) -> str:
        return f"appliance.chains.{self.chain}"


@dataclass(frozen=True, slots=True)
class Readers:
    """A first and a second reader; `decoder` prepares what is registered."""

    decoder: Callable[[Registered], Decoder]
    second: SecondReader


def honest(subject: Subject) -> Readers:
    """Return the two readers as they are. What they answered once they remember."""
    return _honest(subject.folder)


@cache
def _honest(folder: str) -> Readers:
    first, second = (import_module(f"{folder}.{name}") for name in ("decode", "second_reader"))
    return Readers(
        cache(lambda registered: _remembering(first.decoder(registered))),
        _remembering(second.second_reader),
    )


def _remembering(read: Callable[[bytes, Word], Reading]) -> Callable[[bytes, Word], Reading]:
    """Return the same function, which works out every answer and every refusal only once."""
    answers: dict[tuple[bytes, Word], Reading | DecodeError] = {}

    def remembered(data: bytes, word: Word) -> Reading:
        if (data, word) not in answers:
            try:
                answers[data, word] = read(data, word)
            except DecodeError as error:
                answers[data, word] = error
        answer = answers[data, word]
        if isinstance(answer, DecodeError):
            raise answer
        return answer

    return remembered


def broken(subject: Subject, bug: Bug) -> Readers:
    """Return the readers with a bug in the one that its file belongs to."""
    right = honest(subject)
    if bug.module == f"{subject.folder}.second_reader":
        return Readers(right.decoder, _patched(subject, bug, "second_reader").second_reader)
    return Readers(cache(_patched(subject, bug, "decode").decoder), right.second)


@cache
def noticed(subject: Subject, bug: Bug) -> Notice | None:
    """Return how a bug comes to light on the corpus, None where it does not.

    One item on which the two readers say different things is enough, since that is what is being
    proved; a crash or a refusal counts only where there is none.
    """
    try:
        readers = broken(subject, bug)
    except LookupError:
        raise
    except Exception:  # noqa: BLE001  a module that does not even load has come to light
        return Notice.CRASHES
    second = bug.module == f"{subject.folder}.second_reader"
    found = set()
    for item in subject.corpus:
        notice = _notice(readers, item, second_is_broken=second)
        if notice in SAID:
            return notice
        found.add(notice)
    return next((notice for notice in Notice if notice in found), None)


def _notice(readers: Readers, item: Item, *, second_is_broken: bool) -> Notice | None:
    try:
        first = readers.decoder(item.registered)
        both = agreeing(first, readers.second)(item.data, item.wallet)
    except DecodeError:
        if item.cleared:
            return Notice.REFUSES
        return _laxer(readers, item) if second_is_broken else None
    except Exception:  # noqa: BLE001  anything else is a crash, which the process would not survive
        return Notice.CRASHES
    rules = refusing(both)
    if Rule.READERS_DISAGREE.value in rules:
        return Notice.DISAGREE if item.cleared else Notice.OTHER_REFUSES
    if rules and item.cleared:
        return Notice.REFUSES
    return _laxer(readers, item) if rules and second_is_broken else None


def _laxer(readers: Readers, item: Item) -> Notice | None:
    """Tell whether the second reader states what the first, and honestly itself, refuses."""
    try:
        readers.second(item.data, network_of(item))
    except DecodeError:
        return None
    except Exception:  # noqa: BLE001  as above
        return Notice.CRASHES
    return Notice.OTHER_REFUSES


def network_of(item: Item) -> str:
    """The network that a refused item is read for: that of the accounts, else mainnet."""
    return next((each.network for each in item.registered.accounts), "mainnet")


def refusing(transaction: DecodedTransaction) -> set[str]:
    return {each.rule for each in transaction.findings if each.severity is Severity.REFUSE}


# Importing modules afresh, one of them patched


class _Patch(MetaPathFinder, Loader):
    """Finds one module, whose source is given."""

    def __init__(self, module: str, source: str, path: str) -> None:
        self.module, self.source, self.path = module, source, path

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self.module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.path, "exec"), module.__dict__)  # noqa: S102  our own source


def _patched(subject: Subject, bug: Bug, entry: str) -> ModuleType:
    patch = _Patch(bug.module, bug.source, bug.file)
    import_module(f"{subject.folder}.{entry}")
    with _forgotten(_standing_on(bug.module, subject.folder)):
        sys.meta_path.insert(0, patch)
        try:
            return import_module(f"{subject.folder}.{entry}")
        finally:
            sys.meta_path.remove(patch)


@contextmanager
def _forgotten(names: frozenset[str]) -> Iterator[None]:
    """Let modules be imported anew within, and put the old ones back after."""
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    for name in kept:
        parent, _, own = name.rpartition(".")
        delattr(sys.modules[parent], own)
    try:
        yield
    finally:
        for name, module in kept.items():
            parent, _, own = name.rpartition(".")
            sys.modules[name] = module
            setattr(sys.modules[parent], own, module)


@cache
def _standing_on(module: str, folder: str) -> frozenset[str]:
    """Return a module and all that import it, directly or not: the others may stay as they are."""
    imports = {
        name: frozenset(_imported(Path(loaded.__file__)))
        for name, loaded in sys.modules.items()
        if name.startswith((f"{folder}.", "appliance.codecs.")) and loaded.__file__
    }
    found = {module}
    while more := {name for name in imports.keys() - found if imports[name] & found}:
        found |= more
    return frozenset(found)


def _imported(path: Path) -> Iterator[str]:
    """Yield every name that could be a module's: `from a import b` names a and a.b."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(source), names=names):
                yield source
                yield from (f"{source}.{alias.name}" for alias in names)
            case _:
                continue
