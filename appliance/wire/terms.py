"""The closed lists of words that messages are made of."""

from enum import StrEnum


class Chain(StrEnum):
    """The chains this product knows. Adding one is a line here and a folder in `chains/`."""

    BITCOIN = "bitcoin"
    ETHEREUM = "ethereum"
    TRON = "tron"
    SOLANA = "solana"


class Role(StrEnum):
    """What a person may do. No key may hold two of maker, checker and signer."""

    MAKER = "maker"
    CHECKER = "checker"
    SIGNER = "signer"
    OFFICER = "officer"


class Severity(StrEnum):
    """What a finding does: refuse the batch, ask for attention, or inform."""

    REFUSE = "refuse"
    ATTENTION = "attention"
    INFO = "info"


class Curve(StrEnum):
    """The curves of keys in the HSM."""

    SECP256K1 = "secp256k1"
    P256 = "secp256r1"


class KeyPurpose(StrEnum):
    """What a key in the HSM may sign: transactions of an account, or the appliance's statements."""

    ACCOUNT = "account"
    ATTESTATION = "attestation"


class Realm(StrEnum):
    """Where this is meant to count. Nothing from one realm is valid in another."""

    PRODUCTION = "production"
    TRAINING = "training"
    REHEARSAL = "rehearsal"
    TEST = "test"
