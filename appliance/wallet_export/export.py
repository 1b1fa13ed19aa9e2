"""What can be handed to other software so that it watches a registered wallet.

Nothing of it is secret, but whoever has it sees every payment of the wallet. The same account
always gives the same bytes.
"""

from dataclasses import dataclass
from enum import StrEnum

from appliance.chains.ethereum.address import normalise_address
from appliance.errors import ExportRefused
from appliance.wallet_export import bsms
from appliance.wallet_export.resources import Resource, bitcoin_resources, ethereum_resources
from appliance.wallet_export.written import first_address, registered, single_branches
from appliance.wire.epochs import (
    Account,
    BitcoinAccount,
    EthereumAccount,
    SolanaAccount,
    TronAccount,
)


class Form(StrEnum):
    """The forms that people choose between."""

    ADDRESS = "address"
    DESCRIPTOR = "descriptor"
    UR = "ur"
    BSMS = "bsms"


@dataclass(frozen=True, slots=True)
class Text:
    """Something to be handed over as it reads; `title` says to people what it is."""

    title: str
    text: str


Exported = Text | Resource


def exported(account: Account, form: Form, ur_type: str | None = None) -> tuple[Exported, ...]:
    """Return a wallet in a form; as URs of the given type, or of the one that most software reads.

    Raises ExportRefused where the form or type cannot hold the wallet or does not exist, and
    DecodeError for an account whose descriptors or address do not parse.
    """
    if ur_type is not None and form is not Form.UR:
        raise ExportRefused("only a UR has a type")
    match form:
        case Form.ADDRESS:
            return _addresses(account)
        case Form.UR:
            return _resources(account, ur_type)
        case Form.DESCRIPTOR | Form.BSMS:
            return _texts(account, form)


def shown(account: Account) -> tuple[Exported, ...]:
    """Return what is shown as QR codes: for Bitcoin the descriptors, for the others the address.

    The descriptors are `crypto-output`, which most software reads, and `output-descriptor` where
    that cannot hold one.
    """
    if not isinstance(account, BitcoinAccount):
        return _addresses(account)
    try:
        return bitcoin_resources(account, "crypto-output")
    except ExportRefused:
        return bitcoin_resources(account, "output-descriptor")


def _texts(account: Account, form: Form) -> tuple[Text, ...]:
    if not isinstance(account, BitcoinAccount):
        raise ExportRefused(f"a wallet of one address has no {form.value}")
    if form is Form.DESCRIPTOR:
        return tuple(Text(title, text) for title, text in registered(account))
    return tuple(Text(f"{account.name}: BSMS record", each) for each in bsms.records(account))


def _addresses(account: Account) -> tuple[Text, ...]:
    match account:
        case BitcoinAccount(network=network):
            return tuple(
                Text(f"{title}, first address", first_address(written, network))
                for title, written in single_branches(account)
            )
        case EthereumAccount(name=name, network=network, address=address):
            return (Text(f"{name}: address", normalise_address(address, network)),)
        case TronAccount(name=name, address=address) | SolanaAccount(name=name, address=address):
            return (Text(f"{name}: address", address),)


def _resources(account: Account, ur_type: str | None) -> tuple[Resource, ...]:
    match account:
        case BitcoinAccount():
            return bitcoin_resources(account, ur_type or "crypto-output")
        case EthereumAccount():
            return ethereum_resources(account, ur_type or "crypto-hdkey")
        case TronAccount() | SolanaAccount():
            raise ExportRefused("there is no UR for a wallet of this chain: export its address")
