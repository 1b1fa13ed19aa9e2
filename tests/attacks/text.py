"""Labels that would be shown to people: honest ones in every script, and those that deceive."""

from collections.abc import Iterator

from tests.attacks.case import Case, Expectation, base64_text

UNSAFE = ("TEXT-UNSAFE",)


def label(
    name: str,
    text: str | bytes,
    expected: Expectation,
    reason: str,
    *also_ok: Expectation,
) -> Case:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return Case(
        id=f"text-{name}",
        kind="label",
        encoding="b64",
        payload=base64_text(data),
        expected=expected,
        also_ok=also_ok,
        reason=reason,
        cause=(*UNSAFE, "MALFORMED") if isinstance(text, bytes) else UNSAFE,
        fields={"display_equals_input": True} if expected == "accept" else None,
    )


HONEST = {
    "plain": "Client-1",
    "company": "O'Brien & Sons (HK) Ltd.",
    "chinese-traditional": "香港客戶乙 提款",
    "chinese-simplified": "冷钱包第三次提款",
    "japanese": "東京支店 カストディ",
    "japanese-halfwidth": "ｶﾌﾞｼｷｶﾞｲｼｬ ﾔﾏﾀﾞ",
    "korean": "서울 고객 출금",
    "french": "Société Générale, dépôt",
    "german": "Müller GmbH, Straße 5",
    "vietnamese": "Nguyễn Thị Hồng",
    "russian": "Клиент Иванов",
    "greek": "Πελάτης Αθήνα",
    "thai": "ลูกค้า กรุงเทพ",
    "hindi": "ग्राहक मुंबई",
    "arabic": "عميل دبي",
    "hebrew": "לקוח תל אביב",
    "mixed-chinese": "HSBC 滙豐 account 7",
    "symbols": "50% of #12 / item_3: a+b=c; {x} <y> ~z^ \\ | `q`",
    "euro": "€ 1,000, fee £2",
    "emoji": "Treasury 🏦",
    "digits": "20261125-000123",
}
CONTROLS = {
    "clear-screen": "Client-1\x1b[2J\x1b[H",
    "osc-title": "\x1b]0;owned\x07Client-1",
    "osc-8-link": "\x1b]8;;http://evil\x1b\\Client-1\x1b]8;;\x1b\\",
    "osc-52-clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "dcs": "\x1bP1$r\x1b\\Client-1",
    "cursor-up": "Client-1\x1b[A\x1b[Kattacker",
    "c1-csi": "Client-1\u009b2J",
    "c1-nel": "Client-1\u0085attacker",
    "nul": "Client-1\x00attacker",
    "backspace": "attacker" + "\b" * 8 + "Client-1",
    "carriage-return": "attacker\rClient-1",
    "line-feed": "Client-1\nAPPROVED BY ALL",
    "crlf": "Client-1\r\nAPPROVED",
    "tab": "Client-1\tattacker",
    "vertical-tab": "Client-1\x0battacker",
    "form-feed": "Client-1\x0cattacker",
    "bell": "Client-1\x07",
    "delete": "Client-1\x7f",
    "shift-out": "Client-1\x0eattacker\x0f",
}
INVISIBLE = {
    "bidi-lre": "Client \u202a1\u202c",
    "bidi-isolate": "Client \u2067evil\u2069 1",
    "bidi-mark": "Client\u200f-1",
    "bidi-alm": "Client\u061c-1",
    "zero-width-space": "Cli\u200bent-1",
    "zero-width-joiner": "Cli\u200dent-1",
    "zero-width-non-joiner": "Cli\u200cent-1",
    "word-joiner": "Cli\u2060ent-1",
    "byte-order-mark": "\ufeffClient-1",
    "soft-hyphen": "Cli\u00adent-1",
    "line-separator": "Client-1\u2028APPROVED",
    "paragraph-separator": "Client-1\u2029APPROVED",
    "hangul-filler": "Client\u3164-1",
    "braille-blank": "Client\u2800-1",
    "tags": "Client-1" + "".join(chr(0xE0000 + ord(letter)) for letter in "evil"),
    "variation-selector": "Client-1\ufe0f",
    "variation-supplement": "Client-1" + "".join(chr(0xE0100 + n) for n in range(20)),
    "private-use": "Client-\ue000",
    "noncharacter": "Client-\ufffe",
    "interlinear": "Client\ufff9-1\ufffb",
    "combining-flood": "C" + "\u0301" * 60 + "lient",
    "mongolian-vowel-separator": "Cli\u180eent-1",
}
DECEIVING = {
    "cyrillic-in-latin": "\u0421lient-1",
    "greek-in-latin": "Cli\u03b5nt-1",
    "fullwidth": "\uff23\uff4c\uff49\uff45\uff4e\uff54\uff0d\uff11",
    "mathematical": "\U0001d402lient-1",
    "no-break-space": "Client\u00a01",
    "ideographic-space": "Client\u30001",
    "en-quad": "Client\u20001",
    "arabic-digits": "Client-\u0661",
    "decomposed": "Socie\u0301te\u0301",
    "enclosed": "\u24b8lient-1",
    "double-space": "Client  1",
    "leading-space": " Client-1",
    "trailing-space": "Client-1    ",
    "dotless-i": "Cl\u0131ent-1",
    "figure-dash": "Client\u20121",
    "fraction-slash": "bc1q\u2044evil",
}
LITERAL = {
    "markup-link": "[link=http://evil]Client-1[/link]",
    "markup-close": "[/]Client-1",
    "markup-click": "[@click=app.quit]Client-1[/]",
    "markup-red": "[red]Client-1[/red]",
    "html": "<b>Client-1</b><script>alert(1)</script>",
    "markdown": "**VERIFIED** [here](http://evil)",
    "formula": '=HYPERLINK("http://evil","Client-1")',
    "json": '{"approved": true}',
    "percent-s": "%s%n %(x)s {0} ${HOME} $(reboot)",
    "escaped-escape": "\\x1b[2J \\u202e",
}
BROKEN = {
    "latin-1": b"Client-\xe9",
    "overlong": b"Client-\xc0\xaf",
    "surrogate": b"Client-\xed\xa0\x80",
    "beyond-unicode": b"Client-\xf4\x90\x80\x80",
    "truncated-utf8": b"Client-\xe9\xa6",
    "lone-continuation": b"\x80Client",
    "utf-16": "Client".encode("utf-16"),
}


def cases() -> Iterator[Case]:
    for name, text in HONEST.items():
        also: tuple[Expectation, ...] = (
            ("warn",) if name in ("emoji", "symbols", "japanese-halfwidth") else ()
        )
        yield label(f"ok-{name}", text, "accept", "an honest label survives unchanged", *also)
    for name, text in CONTROLS.items():
        yield label(name, text, "reject", "a control character", "warn")
    for name, text in INVISIBLE.items():
        yield label(name, text, "warn", "what is not seen, or reorders what is", "reject")
    for name, text in DECEIVING.items():
        loose: tuple[Expectation, ...] = ("reject",)
        if name in (
            "double-space",
            "leading-space",
            "trailing-space",
            "decomposed",
            "figure-dash",
            "ideographic-space",
            "dotless-i",
            "fraction-slash",
        ):
            loose = ("reject", "accept")
        yield label(name, text, "warn", "looks like something else", *loose)
    for name, text in LITERAL.items():
        yield label(name, text, "warn", "is shown literally", "accept", "reject")
    for name, data in BROKEN.items():
        yield label(f"mal-{name}", data, "reject", "is no UTF-8", "warn")
    yield label("empty", "", "warn", "no label at all", "reject", "accept")
    yield label("long", "A" * 5_000, "warn", "pushes the rest off the screen", "reject")
    yield label("million", "A" * 1_000_000, "reject", "a label of a million letters", "warn")
    yield label("many-lines", "\n" * 10_000, "reject", "a flood of lines", "warn")
    yield label(
        "address-like",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "warn",
        "an address as label",
        "accept",
        "reject",
    )
