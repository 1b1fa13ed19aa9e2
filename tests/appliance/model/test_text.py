"""The public text rule: what hides, reorders or controls text is refused; people's names pass."""

# Names in their own scripts are what is tested.
# ruff: noqa: RUF001

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.model.text import MAX_CHARACTERS, MAX_FINDINGS, judge_text
from appliance.wire.messages import Finding
from appliance.wire.terms import Severity
from tests.shared_vectors import need, shared


def judge(text: str) -> tuple[Finding, ...]:
    return judge_text(text.encode("utf-8", "surrogatepass"))


def severities(text: str) -> set[Severity]:
    return {finding.severity for finding in judge(text)}


def says(text: str) -> str:
    return "; ".join(finding.message for finding in judge(text))


@pytest.mark.parametrize(
    "text",
    [
        "Client-1",
        "O'Brien & Sons (HK) Ltd., no. 5/7 + 10%",
        "[EU] Client <3",
        "香港客戶戶口提款",
        "株式会社サンプル",
        "ABC株式会社",
        "고객 하나",
        "عميل هونغ كونغ",
        "לקוח ישראל",
        "שָׁלוֹם",
        "ลูกค้า กรุงเทพ",
        "ग्राहक एक",
        "Crédit Agricole Zürich, Kraków – Łódź",
        "Nguyễn Văn A",
        "İstanbul ığ",
        "Ελληνική Τράπεζα",
        "Клиент Один, ООО «Сахар»",
        "Сахар",
        "Հայաստան",
        "Client 🚀 ❤️ 1️⃣",
    ],
)
def test_people_s_names_pass(text: str) -> None:
    assert judge(text) == ()


@pytest.mark.parametrize(
    "hidden",
    [
        *map(chr, range(0x20)),
        *map(chr, range(0x7F, 0xA0)),
        *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
        *"\u2028\u2029\ufeff\u200b\u2060\u00ad\ufff9\ufffa\ufffb\u2061\u034f\u180e",
        *"\ue000\uf8ff\U000f0000\ufdd0\ufffe\U0010ffff\U000e0041\U000e007f\u0378\U0001d173",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_refuses_characters_that_hide_reorder_or_control(hidden: str) -> None:
    text = f"Client{hidden}1"
    assert Severity.REFUSE in severities(text)
    assert f"U+{ord(hidden):04X}" in says(text)
    assert "at character 7" in says(text)


@pytest.mark.parametrize("data", [b"\xff", b"Client\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
def test_refuses_what_is_not_utf8(data: bytes) -> None:
    (finding,) = judge_text(data)
    assert finding.severity is Severity.REFUSE
    assert "is not UTF-8" in finding.message


def test_refuses_runs_of_variation_selectors() -> None:
    assert "carries hidden data" in says("Client 🚀\ufe0f\ufe01")
    assert Severity.REFUSE in severities("Client " + "".join(map(chr, range(0xE0100, 0xE0140))))


def test_refuses_towers_of_marks() -> None:
    assert severities("Z" + "\u0335" * 9 + "algo") == {Severity.REFUSE}


def test_refuses_a_text_that_pushes_everything_else_away() -> None:
    (finding,) = judge("x" * (MAX_CHARACTERS + 1))
    assert finding.severity is Severity.REFUSE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Client\u200d1", "U+200D ZERO WIDTH JOINER at character 7"),
        ("نامه\u200cای", "U+200C"),
        ("Client\u00a01", "not the usual one"),
        ("Client\u30001", "not the usual one"),
        (" Client", "begins or ends with a space"),
        ("Client ", "begins or ends with a space"),
        ("Client  1", "follow each other from character 7"),
        ("", "empty or blank"),
        ("   ", "empty or blank"),
        ("Cafe\u0301", "not in its normal form"),
        ("\u212bngström", "not in its normal form"),
        ("Z\u0335\u0336\u0337x", "3 marks are stacked behind character 1"),
        ("\u0335Client", "without a letter of its own"),
        ("Cli\u0435nt", "mixes letters of Cyrillic and Latin"),
        ("\u0391lpha", "mixes letters of Greek and Latin"),
        ("Client \u0425\u0423", "only looks as if written in Latin letters"),
        ("\uff21lpha", "U+FF21 FULLWIDTH LATIN CAPITAL LETTER A"),
        ("\U0001d400lpha", "passes for another letter"),
        ("\U0001d7cf000", "passes for another letter or digit"),
        ("\u0261oogle", "passes for another letter"),
        ("1\u0966\u0661", "mixes digits of several scripts"),
        ("[bold green]VERIFIED[/]", "the markup of a console"),
        ("[link=https://x.example]Client[/link]", "the markup of a console"),
        ("<b>VERIFIED</b>", "the markup of a page"),
        ("<img src=x onerror=alert(1)", "the markup of a page"),
        ("&lt;b&gt;", "the markup of a page"),
        ("Client-1[8m attacker", "control sequence"),
        ("\\x1b[31mred", "control sequence"),
        ("Client\u3164", "looks blank"),
        ("\u115fClient", "looks blank"),
        ("Client\u2800", "looks blank"),
        ("Client\ufe0f", "follows no symbol"),
        ("葛\U000e0100飾区", "follows no symbol"),
        ("x" * 65, "65 characters are more than 64"),
    ],
)
def test_asks_for_attention_to_what_also_deceives(text: str, why: str) -> None:
    assert severities(text) == {Severity.ATTENTION}
    assert why in says(text)


def test_findings_are_few_however_much_is_wrong() -> None:
    assert len(judge("\u202e" * 1000)) <= 2 * MAX_FINDINGS


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=100))
def test_what_passes_holds_nothing_that_controls(text: str) -> None:
    findings = judge(text)
    assert all(finding.message.isascii() for finding in findings)
    if Severity.REFUSE not in {finding.severity for finding in findings}:
        categories = {unicodedata.category(each) for each in text if each not in "\u200c\u200d"}
        assert not categories & {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


@given(st.binary(max_size=200))
def test_judges_any_bytes(data: bytes) -> None:
    judge_text(data)


def test_refuses_every_public_hostile_text_that_controls_or_reorders() -> None:
    for case in need(shared("text/naughty_strings.jsonl")):
        text = case["string"]
        categories = {unicodedata.category(each) for each in text if each not in "\u200c\u200d"}
        hostile = bool(categories & {"Cc", "Cf", "Cn", "Co", "Zl", "Zp"}) or "\u034f" in text
        assert (Severity.REFUSE in severities(text)) is hostile, case["id"]


OUTCOMES = {
    frozenset[Severity](): "accept",
    frozenset({Severity.ATTENTION}): "warn",
    frozenset({Severity.REFUSE}): "reject",
    frozenset({Severity.REFUSE, Severity.ATTENTION}): "reject",
}


def test_judges_the_adversarial_texts_as_expected() -> None:
    cases = [
        case
        for case in need(shared("adversarial/format_sample.jsonl"))
        if case["id"][:5] == "text-"
    ]
    for case in cases:
        findings = judge_text(base64.b64decode(case["payload"]))
        outcome = OUTCOMES[frozenset(finding.severity for finding in findings)]
        assert outcome in {case["expected"], *case["also_ok"]}, case["id"]
