"""Seeded bugs in Bitcoin's readers."""

from tests.agreement.bitcoin_corpus import corpus
from tests.agreement.seeded import Subject, misreading, slip

DECODE = "chains/bitcoin/decode.py"
INPUTS = "chains/bitcoin/inputs.py"
RULES = "chains/bitcoin/input_rules.py"
OUTPUT_RULES = "chains/bitcoin/output_rules.py"
DATA = "chains/bitcoin/data_output.py"
FEE = "chains/bitcoin/fee.py"
SIGNING = "chains/bitcoin/signing.py"
GRAMMAR = "chains/bitcoin/grammar.py"
OUTPUTS = "chains/bitcoin/outputs.py"
TRANSACTION = "chains/bitcoin/transaction.py"
PSBT = "chains/bitcoin/psbt.py"
SHAPES = "chains/bitcoin/field_shapes.py"
FIELDS = "chains/bitcoin/psbt_fields.py"
VERSION_2 = "chains/bitcoin/psbt_version2.py"
WALK = "chains/bitcoin/walk.py"
SCRIPT = "chains/bitcoin/script.py"
ADDRESS = "chains/bitcoin/address.py"
NETWORK = "chains/bitcoin/network.py"
WALLET = "chains/bitcoin/wallet.py"
DIGEST = "chains/bitcoin/digest.py"
BECH32 = "codecs/bech32.py"
BASE58 = "codecs/base58.py"
BASE58_CHECK = "codecs/base58check.py"
SIZE = "codecs/compact_size.py"
READER = "codecs/reader.py"
SECOND = "chains/bitcoin/second_reader.py"

FIRST = (
    # Transactions
    misreading(
        TRANSACTION, "a txid is displayed as hashed", "return wire_txid[::-1]", "return wire_txid"
    ),
    misreading(
        TRANSACTION,
        "a txid hashes the witness as well",
        "stripped = data[:4] + data[body:body_end] + data[at:] if has_witness else data",
        "stripped = data",
    ),
    misreading(
        TRANSACTION,
        "a txid hashes the mark of the witness",
        "data[:4] + data[body:body_end] + data[at:]",
        "data[:4] + data[4:body_end] + data[at:]",
    ),
    misreading(
        TRANSACTION,
        "a txid leaves the locktime out",
        "data[:4] + data[body:body_end] + data[at:]",
        "data[:4] + data[body:body_end]",
    ),
    misreading(
        TRANSACTION,
        "output indexes are big-endian",
        '_OUTPOINT = Struct("<32sI")',
        '_OUTPOINT = Struct(">32sI")',
        '_UNSIGNED_INPUT = Struct("<32sIxI")',
        '_UNSIGNED_INPUT = Struct(">32sIxI")',
    ),
    misreading(
        TRANSACTION,
        "amounts are signed",
        '_AMOUNT = Struct("<Q")',
        '_AMOUNT = Struct("<q")',
    ),
    misreading(
        TRANSACTION,
        "an outpoint is its index, then its txid",
        "wire_txid, index, sequence = _UNSIGNED_INPUT.unpack_from(data, at)",
        "wire_txid, sequence, index = _UNSIGNED_INPUT.unpack_from(data, at)",
    ),
    misreading(
        TRANSACTION,
        "a witness may be empty",
        "    if not items:\n",
        "    if items < 0:\n",
    ),
    misreading(
        TRANSACTION,
        "there is ten times the money",
        "MAX_MONEY = 21_000_000 * 10**8",
        "MAX_MONEY = 210_000_000 * 10**8",
    ),
    slip(
        TRANSACTION,
        "there is less money",
        "MAX_MONEY = 21_000_000 * 10**8",
        "MAX_MONEY = 20_000_000 * 10**8",
    ),
    # What is spent
    misreading(
        INPUTS,
        "segwit inputs need no previous transaction (CVE-2020-14199)",
        "None if claimed and is_taproot(claimed.script) else missing",
        "None if claimed else missing",
    ),
    misreading(
        INPUTS,
        "a previous transaction need not be the one named",
        "if previous.txid != outpoint.txid:",
        "if len(previous.txid) != len(outpoint.txid):",
    ),
    misreading(
        INPUTS,
        "what is claimed goes before what is proven",
        "return proven, _false_claim(claimed or proven, proven)",
        "return claimed or proven, None",
    ),
    slip(
        INPUTS,
        "what is claimed is not compared",
        "return proven, _false_claim(claimed or proven, proven)",
        "return proven, None",
    ),
    slip(
        INPUTS,
        "only the claimed amount is compared",
        "if claimed.script != proven.script:",
        "if claimed.amount != proven.amount:",
    ),
    slip(
        INPUTS,
        "one output more than there is",
        "if outpoint.index >= len(previous.outputs):",
        "if outpoint.index > len(previous.outputs):",
    ),
    slip(
        INPUTS,
        "always the first output",
        "proven = previous.outputs[outpoint.index]",
        "proven = previous.outputs[0]",
    ),
    slip(INPUTS, "the same output twice passes", "if first != index:", "if first > index:"),
    misreading(
        RULES,
        "ANYONECANPAY is a kind of ALL",
        "if asked not in (None, SIGHASH_ALL) and not is_default:",
        "if asked not in (None, SIGHASH_ALL, 0x81) and not is_default:",
    ),
    misreading(
        RULES,
        "DEFAULT is for everybody",
        "asked == SIGHASH_DEFAULT and output is not None and is_taproot(output.script)",
        "asked == SIGHASH_DEFAULT",
    ),
    slip(
        RULES,
        "NONE and SINGLE pass",
        "if asked not in (None, SIGHASH_ALL) and not is_default:",
        "if asked not in (None, SIGHASH_ALL, 2, 3) and not is_default:",
    ),
    # What it costs and consumes
    misreading(
        DECODE,
        "outpoints are displayed as they are written",
        "display(each.txid).hex(), each.index)",
        "each.txid.hex(), each.index)",
    ),
    misreading(
        DECODE,
        "the digest is displayed as hashed",
        "digest=display(sha256d(stripped)),",
        "digest=sha256d(stripped),",
    ),
    slip(
        DECODE,
        "output indexes count from one",
        "display(each.txid).hex(), each.index)",
        "display(each.txid).hex(), each.index + 1)",
    ),
    slip(
        DECODE,
        "only the first outpoint is consumed",
        "dict.fromkeys(spent.outpoint for spent in transaction.inputs)",
        "dict.fromkeys(spent.outpoint for spent in transaction.inputs[:1])",
    ),
    slip(
        FEE,
        "the last output is not subtracted",
        "- sum(output.amount for output in transaction.outputs)",
        "- sum(output.amount for output in transaction.outputs[:-1])",
    ),
    slip(
        FEE,
        "only the first input counts",
        "return sum(amounts) - sum",
        "return sum(amounts[:1]) - sum",
    ),
    slip(FEE, "outputs worth more pass", "left_over < 0:", "left_over < -(10**18):"),
    slip(
        FEE,
        "no fee is one sat",
        "_left_over(transaction, inputs) or 0)",
        "_left_over(transaction, inputs) or 1)",
    ),
    slip(
        DECODE,
        "only the first transfer counts",
        "transfers=transfers,",
        "transfers=transfers[:1],",
    ),
    slip(
        DECODE,
        "change is not reported",
        "change=tuple(read.item for read in outputs if",
        "change=tuple(read.item for read in outputs[:0] if",
    ),
    slip(
        DECODE,
        "nothing is the source",
        "return address_of(output.script, network) if output else None",
        "return None if output else None",
    ),
    # What is paid
    slip(OUTPUTS, "change is without amount", "Change(output.amount, ", "Change(0, "),
    slip(
        OUTPUTS,
        "the amount is in thousands",
        "Transfer(asset, output.amount, ",
        "Transfer(asset, output.amount // 1_000, ",
    ),
    slip(
        OUTPUTS,
        "amounts are of 32 bits",
        "Transfer(asset, output.amount, ",
        "Transfer(asset, output.amount % (1 << 32), ",
    ),
    # Addresses
    misreading(ADDRESS, "taproot is version 0", "Kind.P2TR: 1}", "Kind.P2TR: 0}"),
    misreading(
        ADDRESS,
        "every address is Bech32 (before BIP-350)",
        "return Variant.BECH32M if version else Variant.BECH32",
        "return Variant.BECH32",
    ),
    misreading(
        ADDRESS,
        "every address is Bech32m",
        "return Variant.BECH32M if version else Variant.BECH32",
        "return Variant.BECH32M",
    ),
    misreading(
        ADDRESS,
        "the version stands behind the hash",
        "encode_check(bytes((version,)) + hashed)",
        "encode_check(hashed + bytes((version,)))",
    ),
    slip(
        ADDRESS,
        "script hashes are key hashes",
        "return _base58(network.script_hash_version, template.payload)",
        "return _base58(network.key_hash_version, template.payload)",
    ),
    slip(
        ADDRESS,
        "key hashes are script hashes",
        "return _base58(network.key_hash_version, template.payload)",
        "return _base58(network.script_hash_version, template.payload)",
    ),
    misreading(NETWORK, "regtest is spelled as testnet", '"regtest", "bcrt"', '"regtest", "tb"'),
    misreading(NETWORK, "signet has a prefix of its own", '"signet", "tb"', '"signet", "sb"'),
    slip(
        NETWORK,
        "script hashes of mainnet are 6",
        '"mainnet", "bc", 0x00, 0x05',
        '"mainnet", "bc", 0x00, 0x06',
    ),
    slip(NETWORK, "script hashes of test networks are of mainnet", "(0x6F, 0xC4,", "(0x6F, 0x05,"),
    misreading(
        BECH32,
        "the constant of Bech32m is another",
        "BECH32M = 0x2BC830A3",
        "BECH32M = 0x3FFFFFFF",
    ),
    misreading(
        BECH32,
        "padding stands at the left",
        'int.from_bytes(data, "big") << padding',
        'int.from_bytes(data, "big") << 0',
    ),
    misreading(
        BECH32,
        "no zero between high and low bits",
        "(*(code >> 5 for code in codes), 0, *(",
        "(*(code >> 5 for code in codes), *(",
    ),
    misreading(
        BECH32,
        "the checksum is written from its end",
        "rest >> 5 * (5 - at) & 31",
        "rest >> 5 * at & 31",
    ),
    slip(BECH32, "a term of the generator is wrong", "0x2A1462B3", "0x2A1462B2"),
    slip(
        BECH32,
        "two letters change places",
        "qpzry9x8gf2tvdw0s3jn54khce6mua7l",
        "pqzry9x8gf2tvdw0s3jn54khce6mua7l",
    ),
    misreading(
        BASE58,
        "leading zeros are not written",
        "return _ALPHABET[0] * zeros +",
        "return _ALPHABET[0] * 0 +",
    ),
    misreading(
        BASE58_CHECK,
        "the checksum is the end of the hash",
        "return encode(payload + sha256d(payload)[:_CHECKSUM_SIZE])",
        "return encode(payload + sha256d(payload)[-_CHECKSUM_SIZE:])",
    ),
    slip(
        BASE58,
        "letters and digits change places",
        "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ",
    ),
    # Maps and sizes
    misreading(SIZE, "0xfd is still a size", "    if number < 0xFD:\n", "    if number <= 0xFD:\n"),
    misreading(
        WALK,
        "longer sizes count from 0xfd",
        "    return number, stop\n",
        "    return number - 0xFD, stop\n",
    ),
    misreading(
        WALK,
        "sizes may be long",
        "    if number < _LEAST[first]:\n",
        "    if number < 0:\n",
    ),
    misreading(
        WALK,
        "sizes are big-endian",
        'int.from_bytes(data[at + 1 : stop], "little")',
        'int.from_bytes(data[at + 1 : stop], "big")',
    ),
    slip(
        PSBT, "a key may stand twice", "if len(keys) != len(pairs):", "if len(keys) > len(pairs):"
    ),
    slip(
        PSBT,
        "version 1 is version 0",
        "            if version not in _VERSIONS:\n",
        "            version -= version % 2\n            if version not in _VERSIONS:\n",
    ),
    slip(SHAPES, "keys may have data", "        if key_data:\n", "        if len(key_data) > 9:\n"),
    slip(
        FIELDS,
        "a sighash type may have one byte",
        "InputField.SIGHASH_TYPE: keyless(sized(4))",
        "InputField.SIGHASH_TYPE: keyless(sized(4, 1))",
    ),
    misreading(
        SCRIPT,
        "taproot is opcode 0x52",
        r'_Pattern(b"\x51\x20", 32, b"")',
        r'_Pattern(b"\x52\x20", 32, b"")',
    ),
    slip(
        OUTPUT_RULES,
        "scripts of no kind pass",
        "    if template is None:\n        yield",
        "    if template is Ellipsis:\n        yield",
        "        yield from _dust(where, output, template)\n",
        "        return\n",
    ),
    slip(
        OUTPUTS,
        "data may destroy coins",
        "return None if output.amount else data_of(output.script)",
        "return data_of(output.script)",
    ),
    # Version 2
    misreading(
        VERSION_2,
        "a time goes before a height",
        "(InputField.REQUIRED_HEIGHT, InputField.REQUIRED_TIME)",
        "(InputField.REQUIRED_TIME, InputField.REQUIRED_HEIGHT)",
    ),
    misreading(
        VERSION_2,
        "the smallest locktime is enough",
        "return max(_number(each, kind",
        "return min(_number(each, kind",
    ),
    misreading(
        VERSION_2,
        "inputs that demand nothing accept nothing",
        "if all(kind in each for each in demanding):",
        "if all(kind in each for each in inputs):",
    ),
    misreading(
        VERSION_2,
        "the fallback is one that inputs may go over",
        "    if not demanding:\n",
        "    if not demanding or values:\n",
    ),
    misreading(VERSION_2, "a sequence that is not there is 0", "_FINAL = 0xFFFFFFFF", "_FINAL = 0"),
    misreading(
        VERSION_2,
        "a txid is written as displayed",
        "Input(Outpoint(txid, index)",
        "Input(Outpoint(txid[::-1], index)",
    ),
    misreading(
        SHAPES,
        "a height may be 0",
        "if not 0 < int.from_bytes",
        "if not 0 <= int.from_bytes",
    ),
    misreading(
        SHAPES,
        "heights and times are told apart from 499,999,999 on",
        "LOCKTIME_IS_TIME = 500_000_000",
        "LOCKTIME_IS_TIME = 499_999_999",
    ),
    slip(
        VERSION_2,
        "any one input is enough",
        "if all(kind in each for each in demanding):",
        "if any(kind in each for each in demanding):",
        'return max(_number(each, kind, "input") for each in demanding)',
        "return max(_optional(each, kind) or 0 for each in demanding)",
    ),
    slip(
        FIELDS,
        "a sequence of five bytes passes",
        "InputField.SEQUENCE: keyless(sized(4))",
        "InputField.SEQUENCE: keyless(sized(4, 5))",
    ),
)

SECOND_READER = (
    # Networks and addresses
    misreading(SECOND, "regtest is spelled as testnet", '"regtest": ("bcrt"', '"regtest": ("tb"'),
    misreading(SECOND, "the signet is spelled as mainnet", '"signet"), ("tb"', '"signet"), ("bc"'),
    slip(
        SECOND,
        "script hashes of mainnet are 6",
        r'("bc", b"\x00", b"\x05")',
        r'("bc", b"\x00", b"\x06")',
    ),
    slip(SECOND, "key hashes of test networks are 0", r'("tb", b"\x6f"', r'("tb", b"\x00"'),
    slip(SECOND, "versions change places", 'versions[kind == "p2sh"]', 'versions[kind == "p2pkh"]'),
    misreading(SECOND, "taproot is version 0", 'int(kind == "p2tr")', "0"),
    misreading(SECOND, "all witnesses are version 1", 'int(kind == "p2tr")', "1"),
    misreading(SECOND, "the constant of Bech32m is another", "0x2BC830A3 if", "0x3FFFFFFF if"),
    misreading(SECOND, "Bech32m is not known", "0x2BC830A3 if version else 1", "1"),
    misreading(
        SECOND,
        "the constants change places",
        "0x2BC830A3 if version else 1",
        "1 if version else 0x2BC830A3",
    ),
    misreading(SECOND, "padding stands at the left", "<< (groups * 5 - len(program) * 8)", "<< 0"),
    misreading(SECOND, "no zero between high and low bits", "(*high, 0, *low,", "(*high, *low,"),
    misreading(SECOND, "another field of 32 elements", "product ^= 0x29", "product ^= 0x25"),
    slip(SECOND, "a coefficient is wrong", "(29, 22, 20, 21, 29, 18)", "(29, 22, 20, 21, 29, 17)"),
    slip(
        SECOND, "coefficients from the end", "(29, 22, 20, 21, 29, 18)", "(18, 29, 21, 20, 22, 29)"
    ),
    misreading(
        SECOND,
        "the checksum is written from its end",
        "for at in range(5, -1, -1))",
        "for at in range(6))",
    ),
    misreading(
        SECOND,
        "the version is not in the checksum",
        "(*high, 0, *low, *symbols, 0",
        "(*high, 0, *low, *symbols[1:], 0",
    ),
    slip(
        SECOND,
        "two letters change places",
        "qpzry9x8gf2tvdw0s3jn54khce6mua7l",
        "pqzry9x8gf2tvdw0s3jn54khce6mua7l",
    ),
    misreading(SECOND, "leading zeros are not written", 'return "1" * (', 'return "" * ('),
    misreading(SECOND, "Base58 has a zero", '"123456789ABC', '"023456789ABC'),
    misreading(SECOND, "five bytes of checksum", "sha256d(payload)[:4]", "sha256d(payload)[:5]"),
    # Amounts and scripts
    misreading(
        SECOND,
        "amounts are big-endian",
        'int.from_bytes(output[:8], "little", signed=True)',
        'int.from_bytes(output[:8], "big", signed=True)',
    ),
    slip(
        SECOND,
        "amounts have four bytes",
        'int.from_bytes(output[:8], "little"',
        'int.from_bytes(output[:4], "little"',
    ),
    slip(
        SECOND,
        "there is ten times the money",
        "_MOST: Final = 21_000_000",
        "_MOST: Final = 210_000_000",
    ),
    slip(SECOND, "there is less money", "_MOST: Final = 21_000_000", "_MOST: Final = 20_000_000"),
    misreading(
        SECOND, "taproot is opcode 0x52", r"\x22\x51\x20(?P<p2tr>", r"\x22\x52\x20(?P<p2tr>"
    ),
    misreading(
        SECOND,
        "every later version is taproot",
        r"\x22\x51\x20(?P<p2tr>",
        r"\x22[\x51-\x60]\x20(?P<p2tr>",
    ),
    misreading(SECOND, "a key hash ends in OP_CHECKSIGVERIFY", r"\x88\xac", r"\x88\xad"),
    misreading(
        SECOND,
        "a script hash ends in OP_EQUALVERIFY",
        r"(?P<p2sh>.{20})\x87",
        r"(?P<p2sh>.{20})\x88",
    ),
    slip(
        SECOND,
        "a key hash is a witness",
        r"\x16\x00\x14(?P<p2wpkh>.{20})",
        r"\x15\x14(?P<p2wpkh>.{20})",
    ),
    slip(SECOND, "P2WSH is without its length", r"\x22\x00\x20(?P<p2wsh>", r"\x21\x00(?P<p2wsh>"),
    slip(
        SECOND,
        "coins may be destroyed",
        'if amount or not script["data"]]',
        'if not script["data"]]',
    ),
    slip(
        SECOND,
        "what nobody can be paid by is left out",
        'if amount or not script["data"]]',
        "if script.lastgroup not in _NOBODY]",
    ),
    # What is stated
    misreading(
        SECOND, "outpoints are displayed as written", "{point[31::-1].hex()}", "{point[:32].hex()}"
    ),
    misreading(
        SECOND,
        "output indexes are big-endian",
        "int.from_bytes(point[32:], 'little')",
        "int.from_bytes(point[32:], 'big')",
    ),
    misreading(SECOND, "the digest is displayed as hashed", "digest=txid[::-1]", "digest=txid"),
    slip(
        SECOND,
        "the last output is not subtracted",
        "for amount, _ in paid)",
        "for amount, _ in paid[:-1])",
    ),
    slip(SECOND, "outputs worth more pass", "    if fee < 0:\n", "    if fee < -(10**18):\n"),
    slip(
        SECOND,
        "only the last source is stated",
        "ways = {script[0]: script",
        "ways = {0: script",
    ),
    slip(SECOND, "nothing is paid", "to in named),", "to in ()),"),
    slip(
        SECOND,
        "the same output twice passes",
        "or len(set(points)) != len(points):",
        "or not points:",
    ),
    misreading(SECOND, "input scripts may be there", "any(raw[at + 36] for at in inputs) or", ""),
    # Sizes
    misreading(SECOND, "0xfd is still a size", "    if head < 0xFD:\n", "    if head <= 0xFD:\n"),
    misreading(
        SECOND,
        "sizes are big-endian",
        'data[at + 1 : stop], "little")',
        'data[at + 1 : stop], "big")',
    ),
    misreading(
        SECOND, "sizes may be long", "if value < (0xFD, 1 << 16, 1 << 32)", "if value < (0, 0, 0)"
    ),
    misreading(
        SECOND, "0xfd may write 252", "(0xFD, 1 << 16, 1 << 32)", "(0xFC, 1 << 16, 1 << 32)"
    ),
    slip(SECOND, "longer sizes are of four bytes", "(2 << (head - 0xFD))", "(4 << (head - 0xFD))"),
    # Maps
    slip(SECOND, "a key may stand twice", "or named in fields:", ":"),
    slip(SECOND, "the last map need not end", "    if not closed:\n", "    if not fields:\n"),
    slip(SECOND, "there may be more maps", "    if surplus:\n", "    if surplus < 0:\n"),
    slip(
        SECOND, "keys may have data", "(len(key) > 1 and key[0] in", "(len(key) > 99 and key[0] in"
    ),
    misreading(
        SECOND,
        "version 0 has fields of version 2",
        "if first and key[0] in",
        "if not first and key[0] in",
    ),
    slip(
        SECOND, "fields may have any size", "    if len(value) != width:\n", "    if not value:\n"
    ),
    slip(
        SECOND,
        "version 1 is version 0",
        "    if version or raw is None:\n",
        "    if raw is None:\n",
    ),
    misreading(
        SECOND,
        "an unsigned transaction may have a witness",
        'if raw[4:6] == b"\\x00\\x01":',
        'if raw[4:6] == b"\\x00\\x00":',
    ),
    # Transactions
    misreading(
        SECOND,
        "a txid hashes the witness as well",
        "sha256d(raw[:4] + raw[body:at] + raw[stop:])",
        "sha256d(raw)",
    ),
    misreading(SECOND, "a txid hashes the mark of the witness", "raw[body:at]", "raw[4:at]"),
    misreading(
        SECOND, "a txid leaves the locktime out", "raw[body:at] + raw[stop:])", "raw[body:at])"
    ),
    misreading(SECOND, "the mark of a witness is one byte", "body = 6 if", "body = 5 if"),
    misreading(
        SECOND,
        "an outpoint has 32 bytes",
        "length, script = _size(raw, at + 36)",
        "length, script = _size(raw, at + 32)",
    ),
    slip(
        SECOND,
        "bytes behind a transaction pass",
        "if stop + 4 != len(raw) or not inputs",
        "if not inputs",
    ),
    misreading(
        SECOND, "a witness may be empty", "    if at == start + inputs:\n", "    if at < start:\n"
    ),
    # What is spent
    misreading(
        SECOND,
        "a previous transaction need not be the one named",
        "if txid != outpoint[:32] or",
        "if",
    ),
    misreading(
        SECOND,
        "segwit inputs need no previous transaction",
        "(previous is None and not taproot) or",
        "",
    ),
    misreading(
        SECOND,
        "the index spent is big-endian",
        'int.from_bytes(outpoint[32:], "little")',
        'int.from_bytes(outpoint[32:], "big")',
    ),
    slip(
        SECOND,
        "always the first output",
        "spent = previous[outputs[which]]",
        "spent = previous[outputs[0]]",
    ),
    slip(SECOND, "what is claimed is not compared", "or stated not in (None, spent):", ":"),
    slip(SECOND, "one output more than there is", "which >= len(outputs)", "which > len(outputs)"),
    slip(
        SECOND,
        "any signature type passes",
        'if sighash != b"\\x01\\x00\\x00\\x00" and not',
        "if not sighash and not",
    ),
    misreading(
        SECOND,
        "DEFAULT is for everybody",
        "(taproot and sighash == bytes(4))",
        "(sighash == bytes(4))",
    ),
    # Version 2
    misreading(
        SECOND,
        "a sequence that is not there is 0",
        'b"\\x10", 4, b"\\xff" * 4)',
        'b"\\x10", 4, bytes(4))',
    ),
    misreading(
        SECOND,
        "a txid is written as displayed",
        'parts += _fixed(fields, number, b"\\x0e", 32), ',
        'parts += _fixed(fields, number, b"\\x0e", 32)[::-1], ',
    ),
    misreading(
        SECOND, "the smallest locktime is enough", "answer = max(values)", "answer = min(values)"
    ),
    misreading(SECOND, "the fallback is for all", 'answer = b"" if asking else', "answer ="),
    misreading(
        SECOND,
        "a time goes before a height",
        'kinds = (b"\\x12", range(1, _FIRST_TIME)), (b"\\x11", range(_FIRST_TIME, 1 << 32))',
        'kinds = (b"\\x11", range(_FIRST_TIME, 1 << 32)), (b"\\x12", range(1, _FIRST_TIME))',
    ),
    misreading(SECOND, "a height may be 0", "range(1, _FIRST_TIME)", "range(_FIRST_TIME)"),
    misreading(
        SECOND,
        "heights end one earlier",
        "_FIRST_TIME: Final = 500_000_000",
        "_FIRST_TIME: Final = 499_999_999",
    ),
    misreading(
        SECOND,
        "inputs that demand nothing accept nothing",
        "len(values) == len(asking)",
        "len(values) == len(inputs)",
    ),
    slip(SECOND, "any one input is enough", "and len(values) == len(asking):", "and values:"),
    slip(
        SECOND,
        "locktimes are big-endian",
        'answer = max(values).to_bytes(4, "little")',
        'answer = max(values).to_bytes(4, "big")',
    ),
    slip(
        SECOND,
        "the fallback is never asked",
        '_fixed(fields, 0, b"\\x03", 4, bytes(4))',
        "bytes(4)",
    ),
)

MISSED = (
    misreading(
        WALLET,
        "the network is always mainnet: the bytes name none, so the second takes the first's word",
        "return network_named(names.pop()) if len(names) == 1 else MAINNET",
        "return MAINNET",
    ),
    misreading(
        DIGEST,
        "what is signed is another hash: the second states the txid, not what each signature is"
        " over; a signature over a wrong hash is void",
        "+ sha256d(outpoints) + sha256d(sequences),",
        "+ sha256d(sequences) + sha256d(outpoints),",
    ),
    slip(
        DIGEST,
        "another signature type is asked for: not stated, as above",
        "_U32.pack(transaction.locktime) + _U32.pack(SIGHASH_ALL)",
        "_U32.pack(transaction.locktime) + _U32.pack(SIGHASH_ALL + 1)",
    ),
    slip(
        OUTPUTS,
        "change is called a payment: whose an output is is not in the bytes; more is then judged",
        "and owned.branch is Branch.CHANGE\n",
        "and owned.branch is Branch.RECEIVE\n",
    ),
    slip(
        RULES,
        "another's inputs pass: whose they are is not in the bytes",
        "if output and owned is None and not book.is_empty:",
        "if output and owned is None and book.is_empty:",
    ),
    slip(
        FEE,
        "the virtual size is smaller, and so the fee rate larger: the second states the fee alone",
        "weight = 4 * (",
        "weight = 3 * (",
    ),
    slip(
        DECODE,
        "the last input's address is the source: any address that pays is one",
        "output = inputs[0].output",
        "output = inputs[-1].output",
    ),
    slip(
        DATA,
        "data in an unusual form passes: the second leaves out all that is data, whatever it says",
        "return data if 0 < len(data) == size <= MAX_DATA else None",
        "return data",
    ),
    slip(
        PSBT,
        "bytes behind the last map pass: what is written back is shorter, and that is noticed",
        'expect_end(data, at, "the PSBT")',
        "data.startswith(MAGIC)",
    ),
    slip(
        GRAMMAR,
        "a version 2 that may still be changed passes: what is signed is fixed all the same",
        "        if flags & bit:\n",
        "        if flags & bit == 8:\n",
    ),
    slip(
        GRAMMAR,
        "unknown fields pass: the second looks up those that it reads, and no others",
        "        if field.type not in accepted:\n",
        "        if field.type in ():\n",
    ),
    slip(
        SECOND,
        "all sources but the first are left out: the first reading names one",
        "for _, script in spent if",
        "for _, script in spent[:1] if",
    ),
)

SUBJECT = Subject("bitcoin", tuple(corpus()), FIRST, SECOND_READER, MISSED)
