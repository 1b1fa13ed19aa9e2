"""No file of the project says where packages are fetched from: whoever builds it says that."""

import re
import subprocess

import pytest

from tests.conventions.documents import ROOT

NAMED = {
    "www.apache.org": "the licence's own text",
    "www.w3.org": "the name of SVG's vocabulary",
    "type.googleapis.com": "the name of a type within Tron's transactions",
    "openssh.com": "a part of the names of OpenSSH's own algorithms",
}
"""Words that look like an address, and what they are: nothing is asked of these hosts."""
HOST = re.compile(
    rb"\b[a-z][a-z0-9+.-]*://(?:[^\s/@]*@)?((?:[a-z0-9-]+\.)+[a-z]{2,})"
    rb"|\b((?:[a-z0-9-]+\.)+(?:com|dev|io|net|org))\b"
)
RESERVED = re.compile(r"(.*\.)?(example|example\.(com|net|org)|invalid|localhost|test)")
"""Names that never lead anywhere (RFC 2606)."""
BANK = "bank" + ".com"  # in two parts, so that this file keeps its own rule


def hosts(text: bytes) -> set[str]:
    """Return the hosts that a text names, without those that cannot be anybody's."""
    found = (one or other for one, other in HOST.findall(text.lower()))
    return {host for host in map(bytes.decode, found) if not RESERVED.fullmatch(host)}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"deb http://mirror.%s/debian trixie main", {f"mirror.{BANK}"}),
        (b"--index-url=https://me:word@%s/simple", {BANK}),
        (b"see packages.%s for it", {f"packages.{BANK}"}),
        (b"http://127.0.0.1:8545 http://one.test/x https://example.org http://evil", set()),
    ],
)
def test_an_address_is_known_for_one(text: bytes, named: set[str]) -> None:
    assert hosts(text.replace(b"%s", BANK.encode())) == named


def test_no_file_names_a_host_that_packages_come_from() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("without version control nobody knows which files are the project's")
    order = ("git", "-c", "safe.directory=*", "-C", ROOT, "ls-files", "-z")
    names = subprocess.run(order, check=True, capture_output=True, text=True).stdout.split("\0")
    told = {
        name: found
        for name in names
        if name and (ROOT / name).is_file()
        if (found := hosts((ROOT / name).read_bytes()) - NAMED.keys())
    }
    assert told == {}
