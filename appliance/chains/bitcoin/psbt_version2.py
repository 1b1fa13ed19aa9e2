"""The unsigned transaction of a PSBT of version 2, built from its fields (BIP-370)."""

from collections.abc import Mapping

from appliance.chains.bitcoin.field_shapes import Value
from appliance.chains.bitcoin.psbt_fields import GlobalField, InputField, OutputField
from appliance.chains.bitcoin.psbt_maps import Fields, values_of
from appliance.chains.bitcoin.transaction import (
    Input,
    Outpoint,
    Output,
    Transaction,
)
from appliance.chains.bitcoin.walk import size_at
from appliance.errors import MalformedTransaction, UnsupportedTransaction

_LEAST_VERSION = 2
_FINAL = 0xFFFFFFFF

Values = Mapping[int, Value]


def counts(fields: Fields) -> tuple[int, int]:
    """Return how many inputs and outputs are announced. Raises MalformedTransaction."""
    values = values_of(fields)
    _number(values, GlobalField.TX_VERSION, "global")
    input_count, _ = size_at(_bytes(values, GlobalField.INPUT_COUNT, "global"), 0)
    output_count, _ = size_at(_bytes(values, GlobalField.OUTPUT_COUNT, "global"), 0)
    return input_count, output_count


def build(fields: Fields, inputs: tuple[Fields, ...], outputs: tuple[Fields, ...]) -> Transaction:
    """Return the unsigned transaction.

    Raises MalformedTransaction for a missing field, for a transaction version under 2, for inputs
    that no locktime satisfies, and for more coins than there can be; UnsupportedTransaction for an
    output whose script is yet to be computed (BIP-375).
    """
    values = values_of(fields)
    version = _number(values, GlobalField.TX_VERSION, "global")
    if version < _LEAST_VERSION:
        raise MalformedTransaction("a PSBT of version 2 is for transactions of version 2 and later")
    spent = tuple(map(values_of, inputs))
    paid = tuple(_output(index, values_of(each)) for index, each in enumerate(outputs))
    return Transaction(version, tuple(map(_input, spent)), paid, _locktime(values, spent))


def _input(values: Values) -> Input:
    txid = _bytes(values, InputField.PREVIOUS_TXID, "input")
    index = _number(values, InputField.OUTPUT_INDEX, "input")
    sequence = _optional(values, InputField.SEQUENCE)
    return Input(Outpoint(txid, index), _FINAL if sequence is None else sequence)


def _output(index: int, values: Values) -> Output:
    if OutputField.SCRIPT not in values and OutputField.SILENT_PAYMENT in values:
        raise UnsupportedTransaction(
            f"output {index} is a silent payment (BIP-375) whose script is not yet computed"
        )
    amount = _number(values, OutputField.AMOUNT, "output")
    return Output(amount, _bytes(values, OutputField.SCRIPT, "output"))


def _locktime(values: Values, inputs: tuple[Values, ...]) -> int:
    """Return the largest locktime of the one kind that every input with a demand accepts.

    Where both kinds would do it is the height.
    """
    kinds = (InputField.REQUIRED_HEIGHT, InputField.REQUIRED_TIME)
    demanding = [each for each in inputs if not each.keys().isdisjoint(kinds)]
    if not demanding:
        return _optional(values, GlobalField.FALLBACK_LOCKTIME) or 0
    for kind in kinds:
        if all(kind in each for each in demanding):
            return max(_number(each, kind, "input") for each in demanding)
    raise MalformedTransaction("one input requires a height and another a time as locktime")


def _bytes(values: Values, field_type: int, scope: str) -> bytes:
    value = values.get(field_type)
    if not isinstance(value, bytes):
        raise MalformedTransaction(
            f"a PSBT of version 2 has a {scope} map without field 0x{field_type:02x}"
        )
    return value


def _number(values: Values, field_type: int, scope: str) -> int:
    return int.from_bytes(_bytes(values, field_type, scope), "little")


def _optional(values: Values, field_type: int) -> int | None:
    value = values.get(field_type)
    return int.from_bytes(value, "little") if isinstance(value, bytes) else None
