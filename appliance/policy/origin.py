"""Where a request is from: the registered coordinator, or anybody who speaks a public format.

A request in a public format names no batch, no wallet and no audience. What it lacks is made here,
from its bytes and the registered accounts alone, so that everybody who opens it makes the same.
"""

from collections.abc import Mapping

from appliance.errors import UnsupportedTransaction
from appliance.model.batch import Attributed, Unattributed
from appliance.policy.container import Says, says_of, spelled_address
from appliance.policy.standing import normalise
from appliance.wire import record
from appliance.wire.bbqr import FileType
from appliance.wire.envelope import Envelope
from appliance.wire.epochs import (
    Account,
    EthereumAccount,
    Genesis,
    SolanaAccount,
    TronAccount,
)
from appliance.wire.errors import EnvelopeAudience, NotCanonical
from appliance.wire.messages import (
    MAX_TRANSACTION,
    VERSION,
    Audience,
    BatchContent,
    SigningRequest,
    UnsignedTransaction,
)
from appliance.wire.public_message import (
    BbqrFile,
    PublicMessage,
    UniformResource,
)
from appliance.wire.registry import ByteString, Recognised, content_of
from appliance.wire.sign_request import SignRequest
from appliance.wire.statement import StatementType
from appliance.wire.terms import Chain

NO_WALLET = ""
"""The wallet of a request that names none, or none of ours: no account has this name."""
_DIGITS = 8
_KINDS: Mapping[Chain, type[EthereumAccount | TronAccount | SolanaAccount]] = {
    Chain.ETHEREUM: EthereumAccount,
    Chain.TRON: TronAccount,
    Chain.SOLANA: SolanaAccount,
}


def attributed(envelope: bytes, genesis: Genesis) -> Attributed:
    """Return the request inside an envelope, if the registered coordinator sent it to us.

    Raises WireError.
    """
    purpose = (genesis.realm, StatementType.SIGNING_REQUEST)
    payload = Envelope.parse(envelope).verify(genesis.coordinator, purpose)
    request = record.decode(SigningRequest, payload)
    if request.version != VERSION:
        raise NotCanonical(f"version {request.version} of the request is not spoken here")
    if request.content.audience != Audience.of(genesis):
        raise EnvelopeAudience("the request was made for another appliance, journal or realm")
    return Attributed(request)


def unattributed(message: PublicMessage, digest: bytes, genesis: Genesis) -> Unattributed:
    """Return the request in a public format, with the batch that it is made into here.

    `digest` names it, as that of an envelope names a request of the coordinator. Raises DecodeError
    for what is no request to sign a transaction.
    """
    chain, payload, asked = _opened(message)
    if not 0 < len(payload) <= MAX_TRANSACTION:
        raise UnsupportedTransaction(f"{len(payload):,} bytes are no transaction")
    wallet = _wallet(asked, genesis.manifest.accounts) if asked else NO_WALLET
    transaction = UnsignedTransaction(chain.value, chain, wallet, payload, ())
    name = f"{_prefix(message)}-{digest.hex()[:_DIGITS]}"
    content = BatchContent(Audience.of(genesis), name, (), (transaction,))
    return Unattributed(message, asked, content)


def says_of_message(origin: Unattributed) -> Says:
    """Return what a request in a public format says of its bytes."""
    name = told(origin.message)
    return says_of(name, origin.asked) if origin.asked else Says(name, Chain.BITCOIN)


def told(message: PublicMessage) -> str:
    """Return what a message came as, in the words of its format."""
    match message:
        case UniformResource(type=ur_type):
            return f"ur:{ur_type}"
        case BbqrFile(encoding=encoding, type=file_type):
            return f"BBQr of type {file_type.value}, encoding {encoding.value}"


def _prefix(message: PublicMessage) -> str:
    return "ur" if isinstance(message, UniformResource) else "bbqr"


def _opened(message: PublicMessage) -> tuple[Chain, bytes, SignRequest | None]:
    """Return the bytes to be signed, of which chain they are said to be, and what else is said."""
    match message:
        case BbqrFile(type=FileType.PSBT, data=data):
            return Chain.BITCOIN, data, None
        case BbqrFile(type=file_type):
            kind = file_type.name.lower()
            raise UnsupportedTransaction(f"the BBQr holds a file of type {kind}, not a PSBT")
        case UniformResource(type=ur_type, body=body):
            match content_of(ur_type, body):
                case ByteString(data=data):
                    return Chain.BITCOIN, data, None
                case SignRequest() as request:
                    return request.chain, request.data, request
                case Recognised(says=says):
                    raise UnsupportedTransaction(f"ur:{ur_type} holds {says}")


def _wallet(asked: SignRequest, accounts: tuple[Account, ...]) -> str:
    """Return the account that is meant: by its address, or else the only one that can be.

    A key path is never believed: the keys here have none. Where the bytes themselves name who
    pays, the name is not asked for.
    """
    address, chain_id = spelled_address(asked), asked.chain_id
    meant = [
        account.name
        for account in accounts
        if isinstance(account, _KINDS[asked.chain])
        and (chain_id is None or account.network == str(chain_id))
        and address in (None, normalise(asked.chain, account.address, account.network))
    ]
    return meant[0] if len(meant) == 1 else NO_WALLET
