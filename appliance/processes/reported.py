"""An error of another process, raised here as what it was."""

from collections.abc import Iterator

from appliance.errors import AirlockError


class Reported(AirlockError):
    """An error whose class stayed in the other process; its id and next step came along."""

    def __init__(self, error_id: str, what: str, next_step: str) -> None:
        super().__init__(what)
        self.id = error_id  # type: ignore[misc] # the class stayed in the other process
        self.next = next_step  # type: ignore[misc]


def reported(error_id: str, what: str, next_step: str) -> AirlockError:
    """Return the error that another process reported, of its own class where that is known here."""
    for kind in _kinds(AirlockError):
        if getattr(kind, "id", None) == error_id and kind is not Reported:
            return kind(what)
    return Reported(error_id, what, next_step)


def _kinds(kind: type[AirlockError]) -> Iterator[type[AirlockError]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from _kinds(derived)
