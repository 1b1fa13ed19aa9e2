"""Seeded bugs in Ethereum's readers."""

from tests.agreement.ethereum_corpus import corpus
from tests.agreement.seeded import Subject, misreading, slip

DECODE = "chains/ethereum/decode.py"
TRANSACTION = "chains/ethereum/transaction.py"
FIELDS = "chains/ethereum/fields.py"
MEANING = "chains/ethereum/meaning.py"
OBJECTIONS = "chains/ethereum/objections.py"
ADDRESS = "chains/ethereum/address.py"
DIGEST = "chains/ethereum/digest.py"
RLP = "codecs/rlp.py"
SECOND = "chains/ethereum/second_reader.py"

FIRST = (
    # The envelopes
    misreading(
        TRANSACTION,
        "type 2 has the whole fee before the tip",
        "chain_id, nonce, priority_fee, max_fee, gas_limit, to",
        "chain_id, nonce, max_fee, priority_fee, gas_limit, to",
        "from_integer(transaction.max_priority_fee_per_gas),",
        "from_integer(transaction.max_fee_per_gas), #",
        "from_integer(transaction.max_fee_per_gas),\n        from_integer(transaction.gas_limit)",
        "from_integer(transaction.max_priority_fee_per_gas),\n"
        "        from_integer(transaction.gas_limit)",
    ),
    misreading(
        TRANSACTION,
        "type 2 has the nonce before the chain id",
        "chain_id, nonce, priority_fee, max_fee, gas_limit, to",
        "nonce, chain_id, priority_fee, max_fee, gas_limit, to",
        "        from_integer(transaction.chain_id),\n        from_integer(transaction.nonce),\n",
        "        from_integer(transaction.nonce),\n        from_integer(transaction.chain_id),\n",
    ),
    misreading(
        TRANSACTION,
        "type 1 has the nonce before the chain id",
        "chain_id, nonce, gas_price, gas_limit, to, value, data, access_list = items",
        "nonce, chain_id, gas_price, gas_limit, to, value, data, access_list = items",
        "return (chain_id, *_gas_price_items(transaction), entries)",
        "return (_gas_price_items(transaction)[0], chain_id, "
        "*_gas_price_items(transaction)[1:], entries)",
    ),
    misreading(
        TRANSACTION,
        "the unsigned v of EIP-155 is 35 and twice the chain id",
        'chain_id = fields.integer(v, "chain id", 64)',
        'chain_id = (fields.integer(v, "chain id", 64) - 35) // 2',
        "return (*items, from_integer(transaction.chain_id), b",
        "return (*items, from_integer(transaction.chain_id * 2 + 35), b",
    ),
    misreading(
        TRANSACTION,
        "the chain id of EIP-155 stands in front",
        'case (nonce, gas_price, gas_limit, to, value, data, v, b"", b""):',
        'case (v, nonce, gas_price, gas_limit, to, value, data, b"", b""):',
        'return (*items, from_integer(transaction.chain_id), b"", b"")',
        'return (from_integer(transaction.chain_id), *items, b"", b"")',
    ),
    slip(
        TRANSACTION,
        "legacy chain ids beyond a byte are cut",
        "chain_id=chain_id,\n        nonce=fields.nonce(nonce),",
        "chain_id=chain_id and chain_id % 256,\n        nonce=fields.nonce(nonce),",
    ),
    slip(
        TRANSACTION,
        "a field more than there should be is an accident",
        "if len(items) == count:",
        "if len(items) >= count:",
    ),
    # Numbers
    misreading(
        FIELDS,
        "integers are little-endian",
        'return int.from_bytes(digits, "big")',
        'return int.from_bytes(digits, "little")',
        'return value.to_bytes((value.bit_length() + 7) // 8, "big")',
        'return value.to_bytes((value.bit_length() + 7) // 8, "little")',
    ),
    misreading(
        FIELDS,
        "zero is the byte 0x00",
        "if digits and digits[0] == 0:",
        "if len(digits) > 1 and digits[0] == 0:",
        "return value.to_bytes((value.bit_length() + 7) // 8,",
        "return value.to_bytes(max(1, (value.bit_length() + 7) // 8),",
    ),
    misreading(
        FIELDS,
        "the nonce may be 2^64 - 1",
        "MAX_NONCE = (1 << 64) - 2",
        "MAX_NONCE = (1 << 64) - 1",
    ),
    misreading(
        FIELDS,
        "integers are signed",
        'return int.from_bytes(digits, "big")',
        'return int.from_bytes(digits, "big", signed=True)',
        'return value.to_bytes((value.bit_length() + 7) // 8, "big")',
        "return value.to_bytes(((value + (value < 0)).bit_length() + 8) // 8 if value else 0, "
        '"big", signed=True)',
    ),
    slip(
        FIELDS,
        "sizes are counted in nibbles",
        "if len(digits) > bits // 8:",
        "if len(digits) > bits // 4:",
    ),
    slip(
        FIELDS,
        "an address may be of any size up to 20",
        "return _sized(item, name, 20)",
        'return byte_string(item, name)[:20].rjust(1, b"0")',
    ),
    slip(
        FIELDS,
        "numbers lose their lowest bit",
        'return int.from_bytes(digits, "big")',
        'return int.from_bytes(digits, "big") | 1 if len(digits) > 4 else '
        'int.from_bytes(digits, "big")',
    ),
    # RLP
    misreading(RLP, "the short form reaches to 56", "_SHORT = 55", "_SHORT = 56"),
    misreading(
        RLP,
        "0x80 stands for itself",
        "if len(item) == 1 and item[0] < _STRING:",
        "if len(item) == 1 and item[0] <= _STRING:",
    ),
    misreading(
        RLP,
        "lengths are little-endian, and of the content with its prefix",
        'length = int.from_bytes(data[at : at + width], "big")',
        'length = int.from_bytes(data[at : at + width], "little") - 1',
    ),
    # What it pays
    misreading(
        MEANING,
        "the recipient stands at the left of its word",
        "spell_address(transaction.data[16:36]),",
        "spell_address(transaction.data[4:24]),",
    ),
    misreading(
        MEANING,
        "amounts of tokens are little-endian",
        'int.from_bytes(transaction.data[36:TRANSFER_BYTES], "big")',
        'int.from_bytes(transaction.data[36:TRANSFER_BYTES], "little")',
    ),
    misreading(
        MEANING,
        "amounts of tokens are signed",
        'int.from_bytes(transaction.data[36:TRANSFER_BYTES], "big")',
        'int.from_bytes(transaction.data[36:TRANSFER_BYTES], "big", signed=True)',
    ),
    misreading(
        MEANING,
        "amounts of tokens have 128 bits",
        "int.from_bytes(transaction.data[36:TRANSFER_BYTES]",
        "int.from_bytes(transaction.data[52:TRANSFER_BYTES]",
    ),
    misreading(
        MEANING,
        "coins are paid in gwei",
        "            transaction.value,\n            spell_address",
        "            transaction.value // 10**9 or 1,\n            spell_address",
    ),
    misreading(
        OBJECTIONS,
        "the most that is paid per gas is fee and tip together",
        "return transaction.max_fee_per_gas\n",
        "return transaction.max_fee_per_gas + transaction.max_priority_fee_per_gas\n",
    ),
    misreading(
        OBJECTIONS,
        "the most that is paid per gas is the tip",
        "return transaction.max_fee_per_gas\n",
        "return transaction.max_priority_fee_per_gas\n",
    ),
    misreading(
        OBJECTIONS,
        "a tip over the fee is only useless",
        "transaction.max_priority_fee_per_gas > most",
        "transaction.max_priority_fee_per_gas < 0",
    ),
    misreading(
        MEANING,
        "chain ids are written in hex",
        "return str(chain_id) if chain_id else NO_NETWORK",
        "return hex(chain_id) if chain_id else NO_NETWORK",
    ),
    misreading(
        MEANING,
        "the padding of a word does not matter",
        "if not transaction.data.startswith(TRANSFER) or",
        "if not transaction.data.startswith(TRANSFER[:4]) or",
    ),
    misreading(
        MEANING,
        "an address in calldata has 21 bytes",
        'TRANSFER = bytes.fromhex("a9059cbb") + bytes(12)',
        'TRANSFER = bytes.fromhex("a9059cbb") + bytes(11)',
    ),
    misreading(
        OBJECTIONS,
        "chain id 0 is every chain",
        "elif transaction.chain_id == 0:",
        "elif transaction.chain_id == -1:",
    ),
    slip(
        OBJECTIONS,
        "a transaction without a chain passes",
        "if transaction.chain_id is None:",
        "if transaction.chain_id is Ellipsis:",
    ),
    slip(
        MEANING,
        "one byte of calldata is none",
        "    if not transaction.data:\n",
        "    if len(transaction.data) < 2:\n",
    ),
    slip(MEANING, "bytes behind the arguments pass", "    if extra:\n", "    if extra < 0:\n"),
    slip(
        MEANING,
        "ether along with a token passes",
        "    if transaction.value:\n",
        "    if transaction.value < 0:\n",
    ),
    slip(
        OBJECTIONS,
        "a fee beyond all ether passes",
        "transaction.gas_limit * most >= 1 << 256",
        "transaction.gas_limit * most >= 1 << 512",
    ),
    slip(
        OBJECTIONS,
        "blobs pass",
        "        case BlobTransaction(blob_versioned_hashes=blobs):\n",
        "        case BlobTransaction(blob_versioned_hashes=blobs) if not blobs:\n",
    ),
    slip(
        OBJECTIONS,
        "setting code passes",
        "        case SetCodeTransaction(authorizations=authorizations):\n",
        "        case SetCodeTransaction(authorizations=authorizations) if authorizations:\n",
    ),
    slip(
        MEANING,
        "tokens go to their contract",
        "spell_address(transaction.data[16:36]),",
        "spell_address(transaction.to),",
    ),
    slip(
        MEANING,
        "the amount is read a byte early",
        "int.from_bytes(transaction.data[36:TRANSFER_BYTES]",
        "int.from_bytes(transaction.data[35:67]",
    ),
    slip(
        MEANING,
        "amounts of tokens are in whole units",
        '(transaction.data[36:TRANSFER_BYTES], "big")',
        '(transaction.data[36:TRANSFER_BYTES], "big") // 10**6 or 1',
    ),
    slip(
        MEANING,
        "a token is taken for coins",
        "        contract.token or _unknown_token(transaction.to, network),\n",
        "        native_asset(Chain.ETHEREUM, network),\n",
    ),
    slip(
        MEANING,
        "approve is taken for transfer",
        'bytes.fromhex("a9059cbb")',
        'bytes.fromhex("095ea7b3")',
    ),
    slip(
        MEANING,
        "a transfer is forgotten",
        "return (transfer,), _token_objections",
        "return (), _token_objections",
    ),
    # What it costs and consumes
    misreading(
        DECODE,
        "the fee is that of a plain transfer",
        "EthereumFee(fields.gas_limit, max_fee_per_gas(fields))",
        "EthereumFee(21_000, max_fee_per_gas(fields))",
    ),
    slip(
        DECODE,
        "the nonce is the next one",
        "reserves=(_reservation(payer, network, fields.nonce),)",
        "reserves=(_reservation(payer, network, fields.nonce + 1),)",
    ),
    slip(
        DECODE,
        "nothing is consumed",
        "reserves=(_reservation(payer, network, fields.nonce),)",
        "reserves=()",
    ),
    slip(
        DECODE,
        "every network is mainnet",
        "        network=network,\n        format",
        '        network="1",\n        format',
    ),
    slip(
        DECODE,
        "the value is counted as a fee",
        "EthereumFee(fields.gas_limit, max_fee_per_gas(fields))",
        "EthereumFee(fields.gas_limit, fields.value)",
    ),
    misreading(
        DIGEST,
        "the type byte is not signed (EIP-2718)",
        "return keccak256(preimage)",
        "return keccak256(preimage[preimage[0] < 3 :])",
    ),
    slip(
        DIGEST,
        "hashes twice",
        "return keccak256(preimage)",
        "return keccak256(keccak256(preimage))",
    ),
    # Addresses
    misreading(
        ADDRESS,
        "a letter is upper case from 9 on",
        'digit.upper() if nibble > "7" else digit',
        'digit.upper() if nibble > "8" else digit',
    ),
    misreading(
        ADDRESS,
        "the checksum is of the bytes",
        "keccak256(digits.encode()).hex()",
        "keccak256(address).hex()",
    ),
    misreading(
        ADDRESS,
        "the checksum is of the text with its 0x",
        "keccak256(digits.encode()).hex()",
        'keccak256(b"0x" + digits.encode()).hex()',
    ),
    slip(
        ADDRESS,
        "no checksum is written",
        'digit.upper() if nibble > "7" else digit',
        "digit",
    ),
    slip(ADDRESS, "backwards", "digits = address.hex()", "digits = address[::-1].hex()"),
)

SECOND_READER = (
    # RLP
    misreading(SECOND, "zero is the byte 0x00", r"\x80|[\x01-\x7f]|", r"\x00|[\x01-\x7f]|"),
    misreading(SECOND, "0x80 is the number 128", 'item >= b"\\x80" :', 'item > b"\\x80" :'),
    misreading(SECOND, "a small byte may have a prefix", r"\x81[\x80-\xff]|", r"\x81[\x00-\xff]|"),
    misreading(SECOND, "leading zeros are allowed", r"[\\x01-\\xff].{%d}", r"[\\x00-\\xff].{%d}"),
    misreading(SECOND, "0x00 is zero as well", r"[\x01-\x7f]|\x81", r"[\x00-\x7f]|\x81"),
    misreading(SECOND, "prefixes begin at 0x7f", "% (0x80 + n, n - 1)", "% (0x7f + n, n - 1)"),
    misreading(SECOND, "the long form may be short", r"\xf8[\x38-\xff]", r"\xf8[\x00-\xff]"),
    misreading(SECOND, "the short form ends at 54", r"(?:[\xc0-\xf7]|", r"(?:[\xc0-\xf6]|"),
    misreading(SECOND, "the long form begins at 57", r"\xf8[\x38-\xff]", r"\xf8[\x39-\xff]"),
    misreading(
        SECOND,
        "integers are little-endian",
        'return int.from_bytes(item[item >= b"\\x80" :], "big")',
        'return int.from_bytes(item[item >= b"\\x80" :], "little")',
    ),
    misreading(
        SECOND,
        "integers are signed",
        'return int.from_bytes(item[item >= b"\\x80" :], "big")',
        'return int.from_bytes(item[item >= b"\\x80" :], "big", signed=True)',
    ),
    slip(SECOND, "the longest number is refused", "range(2, most + 1)", "range(2, most)"),
    slip(SECOND, "list lengths are off", "return head[0] - 0xC0", "return head[0] - 0xBF"),
    slip(
        SECOND,
        "list lengths are those of strings",
        "return head[0] - 0xC0",
        "return head[0] - 0x80",
    ),
    slip(
        SECOND, "list lengths are not compared", "if _stated(head) != len(found", "if 0 > len(found"
    ),
    slip(SECOND, "short lists are no legacy", 'data[:1] >= b"\\xc0"', 'data[:1] >= b"\\xf8"'),
    # Sizes of fields
    slip(SECOND, "gas has nine bytes", '_number(b"gas", 8)', '_number(b"gas", 9)'),
    slip(SECOND, "gas has four bytes", '_number(b"gas", 8)', '_number(b"gas", 4)'),
    slip(SECOND, "a nonce has four bytes", '_number(b"nonce", 8)', '_number(b"nonce", 4)'),
    slip(SECOND, "a chain id has two bytes", '_number(b"chain", 8)', '_number(b"chain", 2)'),
    slip(SECOND, "a chain id has nine bytes", '_number(b"chain", 8)', '_number(b"chain", 9)'),
    slip(SECOND, "a price has eight bytes", '_number(b"price", 32)', '_number(b"price", 8)'),
    slip(SECOND, "a value has eight bytes", '_number(b"value", 32)', '_number(b"value", 8)'),
    slip(SECOND, "addresses have 21 bytes", r"\x94(?P<to>.{20})", r"\x95(?P<to>.{21})"),
    misreading(SECOND, "the last nonce is fine", "nonce >= _LIMIT - 1", "nonce >= _LIMIT"),
    misreading(SECOND, "chain id 0 is every chain", "if chain == 0 or", "if"),
    # The envelopes
    misreading(
        SECOND,
        "type 2 has the whole fee before the tip",
        '_number(b"tip", 32) + _PRICE',
        '_PRICE + _number(b"tip", 32)',
    ),
    misreading(
        SECOND,
        "type 2 has the nonce before the chain id",
        '(_CHAIN + _NONCE + _number(b"tip"',
        '(_NONCE + _CHAIN + _number(b"tip"',
    ),
    misreading(
        SECOND,
        "type 1 has the nonce before the chain id",
        '_CHAIN + _NONCE + _PRICE + _GAS + _PAYMENT + _ACCESS + b")",',
        '_NONCE + _CHAIN + _PRICE + _GAS + _PAYMENT + _ACCESS + b")",',
    ),
    misreading(
        SECOND,
        "the chain id of EIP-155 comes last",
        r'_CHAIN + rb"\x80\x80)"',
        r'rb"\x80\x80" + _CHAIN + rb")"',
    ),
    misreading(
        SECOND,
        "the chain id of EIP-155 stands in front",
        '_LIST + b"(?P<body>" + _NONCE + _PRICE + _GAS + _PAYMENT + _CHAIN',
        '_LIST + b"(?P<body>" + _CHAIN + _NONCE + _PRICE + _GAS + _PAYMENT',
    ),
    misreading(
        SECOND,
        "the unsigned v of EIP-155 is 35 and twice the chain id",
        "network=str(chain)",
        "network=str(chain if form else (chain - 35) // 2)",
    ),
    misreading(SECOND, "a tip over the fee is only useless", "if tip > price or", "if"),
    misreading(
        SECOND,
        "price and nonce change places",
        "_NONCE + _PRICE + _GAS + _PAYMENT + _CHAIN",
        "_PRICE + _NONCE + _GAS + _PAYMENT + _CHAIN",
    ),
    # What it pays
    misreading(
        SECOND,
        "the recipient stands at the left of its word",
        r"\x00{12}(?P<recipient>.{20})",
        r"(?P<recipient>.{20})\x00{12}",
    ),
    misreading(SECOND, "the padding does not matter", r"\x00{12}(?P<rec", r".{12}(?P<rec"),
    misreading(
        SECOND,
        "the amount comes first",
        r"\x00{12}(?P<recipient>.{20})(?P<amount>.{32})",
        r"(?P<amount>.{32})\x00{12}(?P<recipient>.{20})",
    ),
    misreading(SECOND, "amounts have 128 bits", "(?P<amount>.{32})", ".{16}(?P<amount>.{16})"),
    misreading(
        SECOND,
        "amounts are little-endian",
        'int.from_bytes(found["amount"], "big")',
        'int.from_bytes(found["amount"], "little")',
    ),
    misreading(
        SECOND,
        "amounts are signed",
        'int.from_bytes(found["amount"], "big")',
        'int.from_bytes(found["amount"], "big", signed=True)',
    ),
    slip(SECOND, "approve is taken for transfer", r"\xa9\x05\x9c\xbb", r"\x09\x5e\xa7\xb3"),
    slip(SECOND, "any selector is one", r"\xa9\x05\x9c\xbb", r"...."),
    slip(SECOND, "one byte of calldata is none", r"(?:\x80|\xb8", r"(?:[\x00-\x80]|\xb8"),
    slip(SECOND, "ether along with a token passes", "    if value:\n", "    if value < 0:\n"),
    slip(SECOND, "a token is coins", "return Payment(to, int", 'return Payment("", int'),
    slip(
        SECOND,
        "coins are a token",
        'return Payment("", value, to)',
        "return Payment(to, value, to)",
    ),
    slip(
        SECOND,
        "tokens go to their contract",
        '_spelled(found["recipient"])',
        '_spelled(found["to"])',
    ),
    slip(
        SECOND,
        "coins are paid in gwei",
        'Payment("", value, to)',
        'Payment("", value // 10**9, to)',
    ),
    # What it costs and consumes
    slip(SECOND, "fees are added", "fee=gas * price", "fee=gas + price"),
    misreading(
        SECOND, "the fee is that of a plain transfer", "fee=gas * price", "fee=21_000 * price"
    ),
    misreading(SECOND, "the fee is fee and tip", "fee=gas * price", "fee=gas * (price + tip)"),
    slip(SECOND, "chain ids are in hex", "network=str(chain)", "network=hex(chain)"),
    slip(
        SECOND, "the nonce is the next", "frozenset((str(nonce),))", "frozenset((str(nonce + 1),))"
    ),
    slip(SECOND, "a fee beyond all ether passes", ">> 256:", ">> 512:"),
    misreading(
        SECOND, "the type byte is not signed", "keccak256(data),", "keccak256(data[form > 0 :]),"
    ),
    # Access lists
    slip(SECOND, "access lists are not read", "    if form:\n", "    if form > 2:\n"),
    slip(SECOND, "bytes behind the access list pass", "if at != len(entries) or", "if"),
    # Addresses
    misreading(SECOND, "a letter is upper from 9 on", 'if nibble > "7"', 'if nibble > "8"'),
    misreading(
        SECOND, "the checksum is of the bytes", "keccak256(plain.encode())", "keccak256(address)"
    ),
    slip(SECOND, "no checksum is written", "letter.upper() if", "letter if"),
    slip(SECOND, "no 0x is written", 'return "0x" + "".join(', 'return "".join('),
    slip(
        SECOND,
        "the network is not stated",
        "network=str(chain)",
        "network=None",
    ),
)

MISSED = (
    misreading(
        DECODE,
        "gas price and gas limit change places: only their product is stated, so a ceiling on"
        " either is judged by the other",
        "EthereumFee(fields.gas_limit, max_fee_per_gas(fields))",
        "EthereumFee(max_fee_per_gas(fields), fields.gas_limit)",
    ),
    slip(
        OBJECTIONS,
        "an access list passes: it moves nothing, and refusing it is the first reader's policy",
        "not isinstance(transaction, LegacyTransaction) and transaction.access_list:",
        "not isinstance(transaction, LegacyTransaction) and transaction.access_list is None:",
    ),
    slip(
        DECODE,
        "bytes need not be what they are written back as: parsing alone leaves nothing out already",
        "    if preimage != data:",
        "    if not preimage:",
    ),
    slip(
        RLP,
        "a prefixed small byte passes: what is written back is shorter, and that is noticed",
        "if prefix == _STRING + 1 and data[start] < _STRING:",
        "if prefix == 0:",
    ),
    slip(
        RLP,
        "bytes behind the transaction pass: what is written back is shorter, and that is noticed",
        "    if end != len(data):\n        raise",
        "    if end > len(data):\n        raise",
    ),
    slip(
        RLP,
        "lengths are little-endian: no transfer is so long that its length takes two bytes",
        'length = int.from_bytes(data[at : at + width], "big")',
        'length = int.from_bytes(data[at : at + width], "little")',
    ),
    slip(
        OBJECTIONS,
        "no fee limit of gas is pointed out: advice to people, which nothing is stated of",
        "if transaction.gas_limit < needed:",
        "if transaction.gas_limit < 0:",
    ),
    slip(
        MEANING,
        "an unpinned token passes: which tokens are pinned is not in the bytes",
        "    if contract.token is None:\n",
        "    if contract is None:\n",
    ),
    slip(
        MEANING,
        "payments of nothing pass: they are stated alike, and refusing them is policy",
        "if transfer.amount == 0:",
        "if transfer.amount < 0:",
    ),
    slip(
        DECODE,
        "another account pays: an unsigned transaction does not name its sender",
        "source=payer.address if payer else None,",
        "source=payer.name if payer else None,",
    ),
    slip(
        DECODE,
        "the HSM is given another digest than the one that is shown",
        "return (SigningDigest(0, payer.public_key, digest),)",
        "return (SigningDigest(0, payer.public_key, digest[::-1]),)",
    ),
)

SUBJECT = Subject("ethereum", tuple(corpus()), FIRST, SECOND_READER, MISSED)
