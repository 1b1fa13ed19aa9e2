"""A file of withdrawal requests: strict CSV (RFC 4180) with one header, in UTF-8."""

import csv
import io
from dataclasses import dataclass

from online_coordinator.errors import RequestsRefused, foreign

COLUMNS = ("id", "wallet", "asset", "amount", "destination", "reference")
MAX_BYTES = 32 << 20
MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """One request as it was written; `line` is where it ends in the file, the header being 1."""

    line: int
    id: str
    wallet: str
    asset: str
    amount: str
    destination: str
    reference: str


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong in a line."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


def read_rows(data: bytes) -> tuple[tuple[Row, ...], tuple[Fault, ...]]:
    """Return the rows, and the lines that are none. Raises RequestsRefused for what is no CSV."""
    if len(data) > MAX_BYTES:
        raise RequestsRefused(f"the file has {len(data)} bytes, at most {MAX_BYTES} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise RequestsRefused(f"the file is not UTF-8 at byte {fault.start}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        _verify_header(next(reader, []))
        for fields in reader:
            line = reader.line_num
            if len(fields) == len(COLUMNS):
                rows.append(Row(line, *fields))
            else:
                faults.append(Fault(line, f"{len(fields)} columns, not {len(COLUMNS)}"))
    except csv.Error as fault:
        raise RequestsRefused(f"line {reader.line_num}: {foreign(str(fault))}") from None
    if not rows and not faults:
        raise RequestsRefused("the file has no requests")
    if len(rows) > MAX_ROWS:
        raise RequestsRefused(f"the file has more than {MAX_ROWS} requests: split it")
    return tuple(rows), tuple(faults)


def _verify_header(fields: list[str]) -> None:
    if tuple(fields) != COLUMNS:
        raise RequestsRefused(f"the first line must be exactly: {','.join(COLUMNS)}")
