"""export: an approved batch becomes a signing request, sealed, under a number used once."""

from collections.abc import Iterator

from django.db import transaction

from appliance.wire import record
from appliance.wire.envelope import Algorithm, Envelope
from appliance.wire.messages import (
    VERSION,
    BatchContent,
    ChainEvidence,
    SigningRequest,
    message_digest,
)
from appliance.wire.statement import StatementType
from appliance.wire.terms import Chain, Role
from online_coordinator.appliances.models import Appliance
from online_coordinator.batches.approvals import approvals_of, verify_approval
from online_coordinator.batches.content import transactions_of, verified_content
from online_coordinator.batches.flow import advance, note, verify_step
from online_coordinator.batches.models import Batch, Export
from online_coordinator.errors import ApprovalSignature, ChainNotServed
from online_coordinator.keys import SigningKey
from online_coordinator.nodes.bitcoin_core import BitcoinCore
from online_coordinator.nodes.ethereum_rpc import EthereumNode
from online_coordinator.settings.networks import Networks, network_named
from online_coordinator.workflow import BatchState, Step


def export(
    batch: Batch, key: SigningKey, networks: Networks, valid_seconds: int, now: int
) -> Export:
    """Return the signing request of a checked batch.

    Exporting again gives the same bytes while they are valid; after that the same content under a
    new number. Raises ApprovalRefused, OutOfOrder, NodeError.
    """
    last = Export.objects.filter(batch=batch).last()
    awaited = batch.state == BatchState.EXPORTED.value
    if awaited and last is not None and now <= last.expires:
        return last
    if not awaited:
        verify_step(batch, Step.EXPORT)
    content = verified_content(batch)
    _verify_approvals(batch, content)
    evidence = tuple(_evidence(batch, networks))
    with transaction.atomic():
        if awaited:
            note(batch, "export again", now)
        else:
            advance(batch, Step.EXPORT, now)
        return _seal(batch, content, evidence, key, (now, now + valid_seconds))


def _verify_approvals(batch: Batch, content: BatchContent) -> None:
    approvals = approvals_of(batch)
    if [each.role for each in approvals] != [Role.MAKER, Role.CHECKER]:
        raise ApprovalSignature(f"batch {batch.name} lacks an approval")
    for approval in approvals:
        verify_approval(batch, content, approval)


def _evidence(batch: Batch, networks: Networks) -> Iterator[ChainEvidence]:
    """Tell the tip of every network that the batch pays on."""
    wallets = [each.wallet for each in transactions_of(batch)]
    for chain, name in sorted({(wallet.chain, wallet.network) for wallet in wallets}):
        match Chain(chain):
            case Chain.BITCOIN:
                network = network_named(networks.bitcoin, Chain.BITCOIN, name)
                yield BitcoinCore.of(network).tip()
            case Chain.ETHEREUM:
                other = network_named(networks.ethereum, Chain.ETHEREUM, name)
                yield EthereumNode.of(other).tip()
            case Chain.TRON | Chain.SOLANA:
                raise ChainNotServed(chain)


def _seal(
    batch: Batch,
    content: BatchContent,
    evidence: tuple[ChainEvidence, ...],
    key: SigningKey,
    validity: tuple[int, int],
) -> Export:
    appliance = Appliance.objects.select_for_update().get(pk=batch.appliance.pk)
    created, expires = validity
    request = SigningRequest(
        version=VERSION,
        content=content,
        sequence=appliance.next_sequence,
        last_response=bytes.fromhex(appliance.last_response) or None,
        created=created,
        expires=expires,
        evidence=evidence,
        approvals=approvals_of(batch),
    )
    purpose = (content.audience.realm, StatementType.SIGNING_REQUEST)
    sealed = Envelope.seal(
        Algorithm.EDDSA, key.public, record.encode(request), purpose, key.sign
    ).serialize()
    appliance.next_sequence += 1
    appliance.save(update_fields=["next_sequence"])
    return Export.objects.create(
        batch=batch,
        appliance=appliance,
        sequence=request.sequence,
        envelope=sealed,
        digest=message_digest(sealed).hex(),
        created=created,
        expires=expires,
    )
