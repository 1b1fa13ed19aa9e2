"""Seeded bugs in TRON's readers."""

from tests.agreement.seeded import Subject, misreading, slip
from tests.agreement.tron_corpus import corpus

ADDRESS = "chains/tron/address.py"
DECODE = "chains/tron/decode.py"
DIGEST = "chains/tron/digest.py"
FACTS = "chains/tron/facts.py"
MEANING = "chains/tron/meaning.py"
PAYMENTS = "chains/tron/payments.py"
SECOND = "chains/tron/second_reader.py"
TRANSACTION = "chains/tron/transaction.py"
BASE58 = "codecs/base58.py"
BASE58CHECK = "codecs/base58check.py"
PROTOBUF = "codecs/protobuf.py"

FIRST = (
    misreading(
        ADDRESS,
        "an address is spelled without 41",
        "return base58check.encode_check(address)",
        "return base58check.encode_check(address[1:])",
    ),
    misreading(
        ADDRESS,
        "an address is spelled in hex",
        "return base58check.encode_check(address)",
        "return address.hex()",
    ),
    slip(
        ADDRESS,
        "addresses of any prefix",
        "len(data) == ADDRESS_BYTES and data.startswith(PREFIX)",
        "len(data) == ADDRESS_BYTES",
    ),
    slip(
        ADDRESS,
        "addresses of 20 bytes too",
        "len(data) == ADDRESS_BYTES and",
        "len(data) in (20, ADDRESS_BYTES) and",
    ),
    misreading(
        DECODE,
        "a fee limit is in TRX",
        "TronFee(max(transaction.fee_limit, 0))",
        "TronFee(max(transaction.fee_limit, 0) * 1_000_000)",
    ),
    misreading(
        DECODE,
        "a fee limit is only a call's",
        "TronFee(max(transaction.fee_limit, 0))",
        "TronFee(max(transaction.fee_limit, 0) if meaning.calldata else 0)",
    ),
    slip(DECODE, "fee forgotten", "TronFee(max(transaction.fee_limit, 0))", "TronFee(0)"),
    slip(
        DECODE,
        "fee in whole TRX",
        "TronFee(max(transaction.fee_limit, 0))",
        "TronFee(transaction.fee_limit // 1_000_000)",
    ),
    slip(
        DECODE,
        "expiration taken for the fee limit",
        "TronFee(max(transaction.fee_limit, 0))",
        "TronFee(transaction.expiration)",
    ),
    slip(
        DECODE,
        "source is where it is paid to",
        "source=spell_address(owner) if is_address(owner)",
        "source=meaning.transfers[0].destination if meaning.transfers",
    ),
    slip(
        DECODE,
        "source is the first account",
        "source=spell_address(owner) if is_address(owner)",
        "source=spell_address(next(iter(book.payers))) if is_address(owner)",
    ),
    slip(
        DECODE,
        "digest of the memo",
        "digest = transaction_id(data)",
        "digest = transaction_id(transaction.memo)",
    ),
    slip(
        DECODE,
        "digest without the fee limit",
        "digest = transaction_id(data)",
        "digest = transaction_id(data[:-5])",
    ),
    slip(
        DECODE,
        "a guard beside its own digest",
        "reserves=(Reservation(Chain.TRON, network, digest.hex(), 0),)",
        "reserves=(Reservation(Chain.TRON, network, transaction.ref_block_hash.hex(), 0),)",
    ),
    slip(
        DECODE,
        "change where there is none",
        "        change=(),",
        "        change=meaning.transfers,",
    ),
    misreading(
        DIGEST,
        "the txid is Keccak-256",
        "return sha256(raw_data).digest()",
        "return keccak256(raw_data)",
    ),
    misreading(
        DIGEST,
        "the txid is SHA-256 twice",
        "return sha256(raw_data).digest()",
        "return sha256(sha256(raw_data).digest()).digest()",
    ),
    slip(
        MEANING,
        "only the first contract's payment",
        "transfers += paid.transfers",
        "transfers = list(paid.transfers[:0])",
    ),
    slip(
        MEANING,
        "payment stated twice",
        "transfers += paid.transfers",
        "transfers += paid.transfers * 2",
    ),
    slip(MEANING, "several contracts are let through", "if count != 1:", "if count < 1:"),
    slip(MEANING, "reference blocks of any size", "if len(value) != size:", "if not value:"),
    slip(
        MEANING,
        "a reference by number is let through",
        "if transaction.ref_block_num:",
        "if transaction.ref_block_num < 0:",
    ),
    slip(
        MEANING,
        "authorities are let through",
        "if transaction.auths:",
        "if len(transaction.auths) > 1:",
    ),
    slip(
        MEANING,
        "scripts are let through",
        "if transaction.scripts:",
        "if len(transaction.scripts) > 1:",
    ),
    slip(
        MEANING,
        "a negative fee limit is let through",
        "if transaction.fee_limit < 0:",
        "if transaction.fee_limit < -1 << 62:",
    ),
    slip(
        MEANING,
        "a negative timestamp is let through",
        "if timestamp < 0:",
        "if timestamp < -1 << 62:",
    ),
    slip(
        MEANING,
        "provider and name are let through",
        "        if value:\n",
        "        if not value and value:\n",
    ),
    misreading(
        PAYMENTS,
        "amounts of calls are little-endian",
        'data[36:TRANSFER_BYTES], "big"',
        'data[36:TRANSFER_BYTES], "little"',
    ),
    misreading(
        PAYMENTS,
        "arguments of calls are aligned to the left",
        "PREFIX + data[16:36]",
        "PREFIX + data[4:24]",
    ),
    misreading(
        PAYMENTS,
        "the amount stands before the recipient",
        "recipient = PREFIX + data[16:36]\n",
        "data = data[:4] + data[36:] + data[4:36]\n    recipient = PREFIX + data[16:36]\n",
    ),
    slip(PAYMENTS, "recipient a byte early", "PREFIX + data[16:36]", "PREFIX + data[15:35]"),
    slip(PAYMENTS, "recipient a byte late", "PREFIX + data[16:36]", "PREFIX + data[17:37]"),
    slip(PAYMENTS, "amount a byte early", "data[36:TRANSFER_BYTES]", "data[35:TRANSFER_BYTES - 1]"),
    slip(PAYMENTS, "amount of eight bytes", "data[36:TRANSFER_BYTES]", "data[60:TRANSFER_BYTES]"),
    slip(PAYMENTS, "amount of sixteen bytes", "data[36:TRANSFER_BYTES]", "data[52:TRANSFER_BYTES]"),
    slip(
        PAYMENTS,
        "padding of eleven bytes is looked at",
        "padding, extra = data[4:16]",
        "padding, extra = data[4:15] + bytes(1)",
    ),
    slip(
        PAYMENTS,
        "padding not looked at",
        "elif padding != _CLEAN:",
        "elif padding == _CLEAN and extra:",
    ),
    slip(PAYMENTS, "calldata may go on", "if extra:", "if extra < 0:"),
    slip(
        PAYMENTS,
        "a call's recipient is the contract",
        'asset, int.from_bytes(data[36:TRANSFER_BYTES], "big"), spell_address(recipient), place',
        'asset, int.from_bytes(data[36:TRANSFER_BYTES], "big"), spell_address(contract), place',
    ),
    slip(
        PAYMENTS,
        "coins to their owner",
        "spell_address(transfer.to_address), place),)",
        "spell_address(transfer.owner_address), place),)",
    ),
    slip(
        PAYMENTS,
        "coins of 32 bits",
        "Payment(asset, transfer.amount,",
        "Payment(asset, transfer.amount & 0xFFFFFFFF,",
    ),
    slip(
        PAYMENTS,
        "coins through a float",
        "Payment(asset, transfer.amount,",
        "Payment(asset, int(float(transfer.amount)),",
    ),
    slip(
        PAYMENTS,
        "coins in whole TRX",
        "Payment(asset, transfer.amount,",
        "Payment(asset, transfer.amount // 1_000_000,",
    ),
    slip(
        PAYMENTS,
        "amounts over 2^62 taken for nothing",
        "payable = transfer.amount > 0",
        "payable = 0 < transfer.amount < 1 << 62",
    ),
    slip(
        PAYMENTS,
        "coins that go along are let through",
        "if call.call_value:",
        "if call.call_value < 0:",
    ),
    slip(
        PAYMENTS,
        "tokens that go along are let through",
        "if call.call_token_value or call.token_id:",
        "if call.call_token_value and call.token_id:",
    ),
    slip(PAYMENTS, "any selector will do", "if not data.startswith(SELECTOR) or len", "if len"),
    slip(
        PAYMENTS, "addresses of any form will do", "if not is_address(address):", "if not address:"
    ),
    slip(
        PAYMENTS,
        "a negative amount is let through",
        "if transfer.amount < 0:",
        "if transfer.amount < -1 << 63:",
    ),
    misreading(
        TRANSACTION,
        "field 14 is the fee limit and field 18 the timestamp",
        'Field(14, "timestamp", Scalar.INT64),\n        Field(18, "fee_limit"',
        'Field(18, "timestamp", Scalar.INT64),\n        Field(14, "fee_limit"',
    ),
    misreading(
        TRANSACTION, "fee limit is field 17", 'Field(18, "fee_limit"', 'Field(17, "fee_limit"'
    ),
    misreading(
        TRANSACTION, "timestamp is field 13", 'Field(14, "timestamp"', 'Field(13, "timestamp"'
    ),
    misreading(TRANSACTION, "memo is field 13", 'Field(10, "data"', 'Field(13, "data"'),
    misreading(
        TRANSACTION,
        "the reference hash is field 2",
        'Field(4, "ref_block_hash"',
        'Field(2, "ref_block_hash"',
    ),
    misreading(
        TRANSACTION,
        "the permission is field 6",
        'Field(5, "Permission_id"',
        'Field(6, "Permission_id"',
    ),
    misreading(
        TRANSACTION,
        "a transfer names its destination first",
        'Field(1, "owner_address", Scalar.BYTES),\n        Field(2, "to_address"',
        'Field(2, "owner_address", Scalar.BYTES),\n        Field(1, "to_address"',
    ),
    misreading(
        TRANSACTION,
        "a call names its contract first",
        'Field(1, "owner_address", Scalar.BYTES),\n        Field(2, "contract_address"',
        'Field(2, "owner_address", Scalar.BYTES),\n        Field(1, "contract_address"',
    ),
    misreading(
        TRANSACTION,
        "calldata is field 3",
        'Field(3, "call_value", Scalar.INT64),\n        Field(4, "data"',
        'Field(4, "call_value", Scalar.INT64),\n        Field(3, "data"',
    ),
    misreading(
        TRANSACTION, "TriggerSmartContract is type 30", 'case 31, "Trigger', 'case 30, "Trigger'
    ),
    misreading(
        TRANSACTION,
        "TransferContract is type 2",
        'case 1, "TransferContract"',
        'case 2, "TransferContract"',
    ),
    misreading(
        TRANSACTION,
        "a type URL's host is type.tron.network",
        'URL = "type.googleapis.com/protocol."',
        'URL = "type.tron.network/protocol."',
    ),
    slip(
        TRANSACTION,
        "timestamp and fee limit exchanged",
        "        timestamp=made,\n        fee_limit=limit,",
        "        timestamp=limit,\n        fee_limit=made,",
        "        transaction.timestamp,\n        transaction.fee_limit,",
        "        transaction.fee_limit,\n        transaction.timestamp,",
    ),
    slip(
        TRANSACTION,
        "destination and owner exchanged",
        "return Transfer(*read(_TRANSFER, value))",
        "owner, to, amount = read(_TRANSFER, value)\n"
        "            return Transfer(to, owner, amount)",
        "protobuf.encode(_TRANSFER, (owner, to, amount))",
        "protobuf.encode(_TRANSFER, (to, owner, amount))",
    ),
    slip(BASE58, "digits in the wrong order", '"".join(reversed(chunks))', '"".join(chunks)'),
    slip(
        BASE58,
        "zeros after the bytes counted",
        'len(data.lstrip(b"\\0"))',
        'len(data.rstrip(b"\\0"))',
    ),
    slip(
        BASE58, "pairs in the wrong order", "first + second for first", "second + first for first"
    ),
    slip(
        BASE58,
        "a chunk's pairs exchanged",
        "_PAIRS[chunk // _PAIR_BASE] + _PAIRS[chunk % _PAIR_BASE]",
        "_PAIRS[chunk % _PAIR_BASE] + _PAIRS[chunk // _PAIR_BASE]",
    ),
    slip(
        BASE58,
        "the first digit lost",
        "lstrip(_ALPHABET[0])\n    zeros",
        "lstrip(_ALPHABET[0])[1:]\n    zeros",
    ),
    slip(
        BASE58CHECK,
        "a checksum of zeros",
        "payload + sha256d(payload)[:_CHECKSUM_SIZE])",
        "payload + bytes(_CHECKSUM_SIZE))",
    ),
    slip(
        BASE58CHECK,
        "a checksum from the end",
        "encode(payload + sha256d(payload)[:_CHECKSUM_SIZE])",
        "encode(payload + sha256d(payload)[-_CHECKSUM_SIZE:])",
    ),
    misreading(
        PROTOBUF,
        "numbers are zigzag encoded",
        "signed = (number ^ _SIGN64) - _SIGN64",
        "signed = number >> 1 ^ -(number & 1)",
        "_encode_varint(item % (1 << 64))",
        "_encode_varint((item << 1 ^ item >> 63) % (1 << 64))",
    ),
    misreading(
        PROTOBUF,
        "numbers come highest first",
        "value |= (byte & 0x7F) << 7 * index",
        "value = value << 7 | byte & 0x7F",
        "    digits.append(value)\n    return bytes(digits)",
        "    digits.append(value)\n"
        "    low, *high = digits\n"
        "    return bytes([*(each | 0x80 for each in reversed(high)), low & 0x7F])",
    ),
    misreading(
        PROTOBUF,
        "a tag's wire type stands in its top bits",
        "self.number << 3 | (_VARINT if is_number else _LENGTH)",
        "self.number | (_VARINT if is_number else _LENGTH) << 5",
    ),
    slip(
        PROTOBUF, "numbers are unsigned", "signed = (number ^ _SIGN64) - _SIGN64", "signed = number"
    ),
    slip(
        DECODE,
        "the HSM is given another digest than the one that is shown",
        "return (SigningDigest(0, payer.public_key, digest),)",
        "return (SigningDigest(0, payer.public_key, digest[::-1]),)",
    ),
)

SECOND_READER = (
    misreading(SECOND, "fee limit is field 17", 'b"\\x90\\x01")', 'b"\\x88\\x01")'),
    misreading(SECOND, "timestamp is field 13", 'b"\\x70"', 'b"\\x68"'),
    misreading(SECOND, "memo is field 12 (scripts)", 'b"\\x52"', 'b"\\x62"'),
    misreading(SECOND, "reference hash is field 3", 'b"\\x22", b"\\x40"', 'b"\\x1a", b"\\x40"'),
    misreading(
        SECOND, "permission is field 4 (ContractName)", 'b"\\x12", b"\\x28")', 'b"\\x12", b"\\x20")'
    ),
    misreading(
        SECOND, "calldata is field 3 (call_value)", 'b"\\x12", b"\\x22")', 'b"\\x12", b"\\x1a")'
    ),
    misreading(
        SECOND, "TriggerSmartContract is type 30 (CreateSmartContract)", 'b"\\x1f"', 'b"\\x1e"'
    ),
    misreading(
        SECOND,
        "TransferContract is type 2 (TransferAssetContract)",
        '(b"\\x01", b"type',
        '(b"\\x02", b"type',
    ),
    misreading(
        SECOND,
        "an Any's type URL has no host",
        "type.googleapis.com/protocol.TransferContract",
        "protocol.TransferContract",
    ),
    misreading(
        SECOND,
        "numbers are zigzag encoded",
        "return sum((data[at] & 0x7F) << 7 * (at - start) for at in range(start, end))",
        "total = sum((data[at] & 0x7F) << 7 * (at - start) for at in range(start, end))\n"
        "    return (total >> 1) ^ -(total & 1)",
    ),
    misreading(
        SECOND, "septets come highest first", "<< 7 * (at - start)", "<< 7 * (end - 1 - at)"
    ),
    misreading(
        SECOND,
        "amounts of calls are little-endian",
        "int.from_bytes(data[start + 36 : end])",
        'int.from_bytes(data[start + 36 : end], "little")',
    ),
    misreading(
        SECOND,
        "arguments of calls are aligned to the left",
        "data[start + 16 : start + 36]",
        "data[start + 4 : start + 24]",
    ),
    misreading(SECOND, "transfer's selector is transferFrom's", "a9059cbb", "23b872dd"),
    misreading(
        SECOND,
        "an address is Base58Check of 20 bytes without 41",
        "return _base58check(data[start:end])",
        "return _base58check(data[start + 1 : end])",
    ),
    misreading(
        SECOND,
        "the recipient of a call needs no 41",
        'b"\\x41" + data[start + 16',
        "data[start + 16",
    ),
    misreading(
        SECOND, "main network's addresses begin with a0", "_MAINNET = 0x41", "_MAINNET = 0xA0"
    ),
    misreading(
        SECOND,
        "base58 has 0 and I, not 1 and i",
        '"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"',
        '"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"',
    ),
    misreading(
        SECOND,
        "the txid is Keccak-256",
        "digest=sha256(data).digest()",
        "digest=__import__('appliance.hashes').hashes.keccak256(data)",
    ),
    misreading(
        SECOND,
        "a fee limit is only a call's",
        "fee=_number(data, fee)",
        "fee=_number(data, fee) if payment.token else 0",
    ),
    misreading(
        SECOND,
        "fee limit counts energy, at 420 sun each",
        "fee=_number(data, fee)",
        "fee=_number(data, fee) * 420",
    ),
    slip(
        SECOND,
        "no reference block in the layout",
        '_RAW = (b"\\x0a", b"\\x22"',
        '_RAW = (b"\\x22", b"\\x0a"',
    ),
    slip(SECOND, "no memo in the layout", 'b"\\x52", b"\\x5a"', 'b"\\x5a", b"\\x52"'),
    slip(
        SECOND,
        "timestamp and fee limit in turn",
        'b"\\x70", b"\\x90\\x01")',
        'b"\\x90\\x01", b"\\x70")',
    ),
    slip(
        SECOND,
        "timestamp taken for the fee limit",
        "contract, _, fee = _spans",
        "contract, fee, _ = _spans",
    ),
    slip(
        SECOND,
        "expiration taken for the fee limit",
        "fee=_number(data, fee)",
        "fee=_number(data, expiration)",
    ),
    slip(SECOND, "fee forgotten", "fee=_number(data, fee)", "fee=0"),
    slip(
        SECOND, "fee in whole TRX", "fee=_number(data, fee)", "fee=_number(data, fee) // 1_000_000"
    ),
    slip(SECOND, "fee of 32 bits", "fee=_number(data, fee)", "fee=_number(data, fee) & 0xFFFFFFFF"),
    slip(
        SECOND,
        "memo taken for the fee limit",
        "expiration, _, contract, _, fee =",
        "expiration, fee, contract, _, _ =",
    ),
    slip(SECOND, "reference block of 8 and 2 bytes", "!= (2, 8)", "!= (8, 2)"),
    slip(SECOND, "reference block of one byte", "!= (2, 8)", "!= (1, 8)"),
    slip(
        SECOND,
        "expiration refused where it is given",
        "if not _number(data, expiration)",
        "if _number(data, expiration)",
    ),
    slip(SECOND, "no source", "sources=frozenset((owner,))", 'sources=frozenset(("",))'),
    slip(
        SECOND,
        "source from the destination",
        "return _address(data, owner), payment",
        "return payment.destination, payment",
    ),
    slip(SECOND, "no payment", "payments=(payment,)", "payments=()"),
    slip(SECOND, "payment stated twice", "payments=(payment,)", "payments=(payment, payment)"),
    slip(SECOND, "a guard where there is none", "guard=frozenset()", "guard=frozenset((owner,))"),
    slip(SECOND, "a network that the bytes do not name", "network=None", 'network="nile"'),
    slip(
        SECOND,
        "digest of the contract alone",
        "digest=sha256(data)",
        "digest=sha256(data[slice(*contract)])",
    ),
    slip(SECOND, "digest of a digest", "digest=sha256(data).digest()", "digest=sha256d(data)"),
    slip(
        SECOND,
        "owner and destination exchanged",
        "owner, destination, amount = _spans",
        "destination, owner, amount = _spans",
    ),
    slip(
        SECOND,
        "amount of 32 bits",
        'Payment("", _number(data, amount)',
        'Payment("", _number(data, amount) & 0xFFFFFFFF',
    ),
    slip(
        SECOND,
        "amount through a float",
        'Payment("", _number(data, amount)',
        'Payment("", int(float(_number(data, amount)))',
    ),
    slip(
        SECOND,
        "amount in whole TRX",
        'Payment("", _number(data, amount)',
        'Payment("", _number(data, amount) // 1_000_000',
    ),
    slip(SECOND, "coins named as a token", 'Payment("", _number', 'Payment("TRX", _number'),
    slip(
        SECOND,
        "owner and token exchanged",
        "owner, token, call = _spans",
        "token, owner, call = _spans",
    ),
    slip(
        SECOND,
        "the token paid to itself",
        'return Payment(token, amount, _base58check(b"\\x41" + data[start + 16 : start + 36]))',
        "return Payment(token, amount, token)",
    ),
    slip(
        SECOND,
        "token forgotten",
        "return Payment(token, amount, _base",
        'return Payment("", amount, _base',
    ),
    slip(SECOND, "permission 2 refused", "_LAST_PERMISSION = 9", "_LAST_PERMISSION = 1"),
    slip(SECOND, "permission at most 8", "_LAST_PERMISSION = 9", "_LAST_PERMISSION = 8"),
    slip(SECOND, "calldata of 64 bytes", "end - start != 68", "end - start != 64"),
    slip(
        SECOND,
        "recipient a byte early",
        "data[start + 16 : start + 36]",
        "data[start + 15 : start + 35]",
    ),
    slip(
        SECOND,
        "recipient a byte late",
        "data[start + 16 : start + 36]",
        "data[start + 17 : start + 37]",
    ),
    slip(SECOND, "amount a byte early", "data[start + 36 : end]", "data[start + 35 : end]"),
    slip(
        SECOND,
        "amount without its last byte",
        "data[start + 36 : end]",
        "data[start + 36 : end - 1]",
    ),
    slip(SECOND, "amount of eight bytes", "data[start + 36 : end]", "data[end - 8 : end]"),
    slip(SECOND, "amount of sixteen bytes", "data[start + 36 : end]", "data[end - 16 : end]"),
    slip(SECOND, "septets of eight bits", "<< 7 * (at - start)", "<< 8 * (at - start)"),
    slip(SECOND, "septets with their top bit", "data[at] & 0x7F", "data[at]"),
    slip(
        SECOND,
        "only the first septet",
        "for at in range(start, end))",
        "for at in range(start, min(end, start + 1)))",
    ),
    slip(
        SECOND,
        "at most five septets",
        "for at in range(start, end))",
        "for at in range(start, min(end, start + 5)))",
    ),
    slip(SECOND, "numbers of at most five bytes", "min(at + 9, end)", "min(at + 5, end)"),
    slip(SECOND, "numbers of at most eight bytes", "min(at + 9, end)", "min(at + 8, end)"),
    slip(
        SECOND, "an end one byte late", "            return stop\n", "            return stop + 1\n"
    ),
    slip(SECOND, "a last byte of 64 or more goes on", "if last < 0x80", "if last < 0x40"),
    slip(
        SECOND,
        "a length that counts itself",
        "return after, after + number",
        "return after, at + number",
    ),
    slip(
        SECOND,
        "a value that begins at its length",
        "return after, after + number",
        "return at, after + number",
    ),
    slip(SECOND, "addresses of 20 bytes", "end - start != 21", "end - start != 20"),
    slip(SECOND, "no checksum", "payload + sha256d(payload)[:4]", "payload + bytes(4)"),
    slip(
        SECOND,
        "a checksum of a single hash",
        "payload + sha256d(payload)[:4]",
        "payload + sha256(payload).digest()[:4]",
    ),
    slip(SECOND, "a checksum from the end", "sha256d(payload)[:4]", "sha256d(payload)[-4:]"),
    slip(
        SECOND,
        "digits in the wrong order",
        "_PAIRS[high] + _PAIRS[low] + text",
        "text + _PAIRS[high] + _PAIRS[low]",
    ),
    slip(SECOND, "no digit cut off", "return text[-34:]", "return text"),
    slip(
        SECOND,
        "halves of four digits exchanged",
        "_PAIRS[high] + _PAIRS[low]",
        "_PAIRS[low] + _PAIRS[high]",
    ),
    slip(SECOND, "pairs in the wrong order", "high + low for high", "low + high for high"),
    slip(SECOND, "the fee limit's tag unminimal", 'b"\\x90\\x01")', 'b"\\x90\\x81\\x00")'),
)

MISSED = (
    slip(
        DECODE,
        "no expiration is stated: when a transaction ends is only the first reader's to say",
        "expires=transaction.expiration if transaction.expiration > 0 else None",
        "expires=None",
    ),
    slip(
        DECODE,
        "any permission up to 9 passes: which one is registered is not in the bytes",
        "if contract.permission_id != registered:",
        "if not 0 <= contract.permission_id <= 9:",
    ),
    slip(
        DECODE,
        "decimals are taken for 6: they are pinned, and amounts are stated in base units",
        "token.symbol, token.decimals)",
        "token.symbol, 6)",
    ),
    slip(
        DECODE,
        "no account is named: names are not in the bytes",
        "account=payer.name if payer else None",
        "account=None",
    ),
    slip(
        FACTS,
        "the memo is not shown: words for people, of which nothing is stated",
        'yield Fact("Memo", memo_text(transaction.memo[:MAX_MEMO]))',
        'yield Fact("Memo", "")',
    ),
    slip(
        FACTS,
        "a memo of any length passes: of the memo nothing is stated",
        "    if len(memo) > MAX_MEMO:\n        yield",
        "    if len(memo) < 0:\n        yield",
    ),
    slip(
        MEANING,
        "a type and a name that differ pass: the parameter is then refused as unread",
        "elif contract.type_url != URL + name:",
        "elif not contract.type_url:",
    ),
    slip(
        PAYMENTS,
        "calldata of 67 bytes is read: the missing byte is objected to all the same",
        "len(data) < TRANSFER_BYTES",
        "len(data) < TRANSFER_BYTES - 1",
    ),
    slip(
        PAYMENTS,
        "an unpinned token passes: which tokens are pinned is not in the bytes",
        "    if token is None:\n",
        "    if token is None and not payment:\n",
    ),
    slip(
        PAYMENTS,
        "a token payment of nothing passes: both readers state it, refusing it is the first one's",
        "if payment.amount == 0:",
        "if payment.amount < 0:",
    ),
    slip(
        PAYMENTS,
        "the zero address passes: both readers state it, refusing it is the first one's",
        "if recipient == _ZERO:",
        'if recipient == b"":',
    ),
    slip(
        TRANSACTION,
        "the second contract is not kept: its re-encoding lacks it",
        "for values in contracts)\n",
        "for values in contracts[:1])\n",
    ),
    slip(
        TRANSACTION,
        "coins that go along are not kept: its re-encoding lacks them",
        "return Trigger(*read(_TRIGGER, value))",
        "owner, contract, _, data, *rest = read(_TRIGGER, value)\n"
        "            return Trigger(owner, contract, 0, data, *rest)",
    ),
    slip(
        PROTOBUF,
        "a padded number is read: the first reader's own re-encoding refuses it",
        "if strict and byte == 0 and index:",
        "if strict and byte == 0 and index > 8:",
    ),
    slip(
        PROTOBUF,
        "a field may stand twice: its re-encoding refuses that",
        "elif seen >> index & 1:",
        "elif seen >> index & 1 and not strict:",
    ),
    slip(
        PROTOBUF,
        "fields in any order: its re-encoding refuses them",
        "if strict and tag < previous:",
        "if not strict and tag < previous:",
    ),
    slip(
        PROTOBUF,
        "unknown fields are skipped: its re-encoding lacks them",
        "if strict:\n        raise Unsupported",
        "if not strict:\n        raise Unsupported",
    ),
    slip(
        PROTOBUF,
        "defaults are read where they are written: its re-encoding lacks them",
        "if strict and not value and not each.repeated:",
        "if strict and not value and each.repeated:",
    ),
)

SUBJECT = Subject("tron", tuple(corpus()), FIRST, SECOND_READER, MISSED)
