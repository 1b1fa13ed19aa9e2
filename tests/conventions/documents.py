"""Documents that are generated from code: `make docs` writes them, a test compares them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from pathlib import Path

from appliance import errors
from appliance.model.rule import MEANINGS
from appliance.wire import epochs, messages, record
from appliance.wire import errors as wire_errors
from online_coordinator import errors as online_errors
from online_coordinator.errors import CoordinatorError

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


def rules() -> str:
    """Every rule by its one name."""
    rows = (f"| `{rule.value}` | {said.says} | {said.next} |" for rule, said in MEANINGS.items())
    return "\n".join(
        (
            "# Rules",
            "",
            "Every rule has one name in words, the same in code, screen, journal, documents and",
            "tests. A rule that refuses refuses the whole batch; every rule runs, every finding is",
            "reported. This page is generated (`make docs`).",
            "",
            "| rule | what it says | what the reader does next |",
            "|---|---|---|",
            *rows,
            "",
        )
    )


def all_errors() -> list[type[errors.AirlockError]]:
    """Every error class of the appliance and its wire, in the order they are written."""
    found = []
    for module in (errors, wire_errors):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            own = kind.__module__ == module.__name__
            if own and issubclass(kind, errors.AirlockError) and kind is not errors.AirlockError:
                found.append(kind)
    return sorted(found, key=lambda kind: kind.id)


def error_page() -> str:
    """Every error by its id, with the runbook's next step."""
    rows = (
        f"| `{kind.id}` | {(inspect.getdoc(kind) or '').splitlines()[0]} | {kind.next} |"
        for kind in all_errors()
    )
    return "\n".join(
        (
            "# Errors",
            "",
            "What the appliance raises on purpose, sorted by name. The screen shows the id, one",
            "sentence of what happened, and the next step below. This page is generated",
            "(`make docs`).",
            "",
            "| error | meaning | next step |",
            "|---|---|---|",
            *rows,
            "",
        )
    )


def cddl() -> str:
    """The schema of every message that crosses the gap (RFC 8610)."""
    header = (
        "; What crosses the gap, generated from appliance/wire (`make docs`).\n"
        "; Deterministic CBOR: integer keys, definite lengths, minimal integers, no tags.\n"
        "\n"
        "; COSE_Sign1 (RFC 9052), untagged. The protected header is {1: alg, 4: kid};\n"
        '; the external additional data is ["airlock/1", realm, statement type].\n'
        "Envelope = [protected: bstr .cbor Protected, unprotected: {}, payload: bstr,\n"
        "            signature: bstr .size (64..64)]\n"
        "Protected = { 1 => -7 / -8, 4 => bstr .size (16..16) }\n"
    )
    return header + "\n" + "\n".join(f"{k.__name__} = {record.cddl_of(k)}\n" for k in _records())


def _records() -> Iterator[type]:
    for module in (messages, epochs):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and is_dataclass(kind):
                yield kind


def coordinator_errors() -> list[type[CoordinatorError]]:
    """Every error class of the coordinator, by its id."""
    found = {
        kind.id: kind
        for _, kind in inspect.getmembers(online_errors, inspect.isclass)
        if issubclass(kind, CoordinatorError) and kind is not CoordinatorError
    }
    return [found[name] for name in sorted(found)]


def coordinator_error_page() -> str:
    """Every error of the coordinator, with what to do."""
    rows = (
        f"| `{kind.id}` | {(inspect.getdoc(kind) or '').splitlines()[0]} | {kind.next} |"
        for kind in coordinator_errors()
    )
    return "\n".join(
        (
            "# Errors of the coordinator",
            "",
            "What the `coordinator` command says when it cannot do what was asked. Errors of the",
            "links and envelopes stand in [errors.md](errors.md). This page is generated",
            "(`make docs`).",
            "",
            "| error | meaning | next step |",
            "|---|---|---|",
            *rows,
            "",
        )
    )


GENERATED: dict[str, Callable[[], str]] = {
    "rules.md": rules,
    "errors.md": error_page,
    "coordinator-errors.md": coordinator_error_page,
    "wire-protocol.cddl": cddl,
}


def main() -> None:
    """Write every generated document."""
    for name, make in GENERATED.items():
        (DOCS / name).write_text(make(), "utf-8")


if __name__ == "__main__":
    main()
