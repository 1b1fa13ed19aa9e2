"""Signatures put back into the format of the request that asked for them."""

from appliance.chains.bitcoin.answer import signed_psbt
from appliance.chains.ethereum.answer import attached_signature
from appliance.errors import UnsupportedTransaction
from appliance.wire.bbqr import FileType
from appliance.wire.messages import InputSignature
from appliance.wire.public_message import BbqrFile, PublicMessage, UniformResource
from appliance.wire.registry import ByteString, body_of_bytes, content_of
from appliance.wire.sign_answer import ethereum_signature, solana_signature, tron_signature
from appliance.wire.sign_request import SignRequest
from appliance.wire.terms import Chain


def answer_to(message: PublicMessage, signatures: tuple[InputSignature, ...]) -> PublicMessage:
    """Return what answers a request: the signed PSBT as it came, or the signature with its UUID.

    The same request and signatures give the same bytes. Raises DecodeError for a message that is no
    request.
    """
    match message:
        case BbqrFile(encoding=encoding, type=FileType.PSBT, data=data):
            return BbqrFile(encoding, FileType.PSBT, signed_psbt(data, signatures))
        case UniformResource(type=ur_type, body=body):
            match content_of(ur_type, body):
                case ByteString(data=data):
                    return UniformResource(ur_type, body_of_bytes(signed_psbt(data, signatures)))
                case SignRequest() as request:
                    return _signature(request, signatures[0])
                case _:
                    pass
        case _:
            pass
    raise UnsupportedTransaction("there is no answer to what is no request")


def _signature(request: SignRequest, made: InputSignature) -> UniformResource:
    uuid = request.request_id
    match request.chain:
        case Chain.ETHEREUM:
            attached = attached_signature(request.data, made)
            return UniformResource("eth-signature", ethereum_signature(uuid, attached, None))
        case Chain.TRON:
            attached = made.signature + bytes((made.recovery_id,))
            return UniformResource("tron-signature", tron_signature(uuid, attached))
        case Chain.SOLANA:
            return UniformResource("sol-signature", solana_signature(uuid, made.signature))
        case Chain.BITCOIN:
            raise UnsupportedTransaction("a Bitcoin transaction is asked for by a PSBT")
