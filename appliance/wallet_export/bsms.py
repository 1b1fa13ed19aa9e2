"""BSMS 1.0 descriptor records (BIP-129), in plain: what a multisig's parties keep of it.

A record has four lines: the version, the descriptor or its template, the paths that `/**` stands
for in a template, and the first address, by which a person compares two pieces of software.
"""

import re
from dataclasses import replace

from appliance.errors import ExportRefused
from appliance.wallet_export.written import Written, first_address, halves
from appliance.wire.epochs import BitcoinAccount

VERSION = "BSMS 1.0"
UNRESTRICTED = "No path restrictions"

_RANGED = re.compile(r"(.+?)((?:/[0-9]+)?/\*)", re.ASCII)


def records(account: BitcoinAccount) -> tuple[str, ...]:
    """Return a record for every pair: two where its halves differ in more than the branch.

    Raises ExportRefused for a descriptor whose keys are on different branches.
    """
    pairs = (halves(pair, account.network) for pair in account.pairs)
    return tuple(record for pair in pairs for record in _of_pair(pair, account.network))


def _of_pair(pair: tuple[Written, Written], network: str) -> tuple[str, ...]:
    templates: dict[Written, list[tuple[str | None, Written]]] = {}
    for half in dict.fromkeys(pair):
        template, path = _template(half)
        templates.setdefault(template, []).append((path, half))
    return tuple(_record(template, found, network) for template, found in templates.items())


def _record(template: Written, found: list[tuple[str | None, Written]], network: str) -> str:
    paths = [path for path, _ in found if path is not None]
    descriptor = template.body if paths else template.text
    address = first_address(found[0][1], network)
    return "\n".join((VERSION, descriptor, ",".join(paths) or UNRESTRICTED, address))


def _template(written: Written) -> tuple[Written, str | None]:
    """Return the template, and the path that its `/**` stands for; None where nothing is ranged."""
    split = [_RANGED.fullmatch(key) for key in written.keys]
    paths = {ranged[2] for ranged in split if ranged}
    if len(paths) > 1:
        raise ExportRefused("the keys are on different branches, which no BSMS record can say")
    keys = (
        f"{ranged[1]}/**" if ranged else key
        for key, ranged in zip(written.keys, split, strict=True)
    )
    return replace(written, keys=tuple(keys)), next(iter(paths), None)
