"""Moving a batch along `workflow.FLOW`: the only code that changes a batch's state."""

from django.db import transaction

from online_coordinator.batches.models import Approval, Batch, Event, Reservation
from online_coordinator.errors import NameUnknown, OutOfOrder, foreign
from online_coordinator.requests.models import Withdrawal
from online_coordinator.workflow import ROWS, BatchState, RequestState, Step, steps_from


def batch_named(name: str) -> Batch:
    """Return a batch. Raises NameUnknown."""
    found = Batch.objects.select_related("appliance").filter(name=name).first()
    if found is None:
        raise NameUnknown(f"there is no batch {foreign(name)}")
    return found


def verify_step(batch: Batch, step: Step) -> None:
    """Raise OutOfOrder unless the step is possible now."""
    if BatchState(batch.state) not in ROWS[step].sources:
        raise out_of_order(batch, step.value)


def out_of_order(batch: Batch, step: str) -> OutOfOrder:
    """Return the error that says where a batch stands and what is possible."""
    possible = ", ".join(each.value for each in steps_from(BatchState(batch.state))) or "nothing"
    return OutOfOrder(f"batch {batch.name} is {batch.state}: {step} is not possible, {possible} is")


@transaction.atomic
def advance(batch: Batch, step: Step, now: int, detail: str = "") -> None:
    """Take a step, with everything that the table says follows. Raises OutOfOrder.

    The state is compared and changed in one statement, so that of two processes one loses.
    """
    row = ROWS[step]
    moved = Batch.objects.filter(pk=batch.pk, state__in=row.sources).update(state=row.target)
    if not moved:
        batch.refresh_from_db(fields=["state"])
        raise out_of_order(batch, step.value)
    batch.state = row.target.value
    if row.requests is not None:
        move_requests(batch, row.requests)
    if row.releases:
        Reservation.objects.filter(transaction__batch=batch).update(held=False)
    if row.voids:
        Approval.objects.filter(batch=batch).delete()
    note(batch, step.value, now, detail)


def move_requests(batch: Batch, state: RequestState) -> None:
    """Move the withdrawal requests that a batch holds."""
    Withdrawal.objects.filter(
        cover__transaction__batch=batch, state=RequestState.BATCHED.value
    ).update(state=state.value)


def note(batch: Batch, step: str, now: int, detail: str = "") -> None:
    """Record that something was done to a batch."""
    Event.objects.create(batch=batch, step=step, at=now, detail=foreign(detail) if detail else "")
