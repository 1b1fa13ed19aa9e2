"""The screens of the rollback floor: each says what happened, and which step is the next one."""

from airlock_os.screen import Notice
from airlock_os.tpm.commands import TpmError
from airlock_os.tpm.rollback_floor import (
    MachineInUse,
    OlderRelease,
    OtherImage,
    OtherMachine,
    PolicyMalformed,
)

IMAGE_OLDER = Notice(
    "IMAGE-OLDER",
    "This image is older than one that has opened the data volume on this machine. The TPM keeps "
    "the key back. Nothing was opened.",
    "Switch the machine off and start it from the newest release. If this stick was handed to you "
    "as the newest, call security.",
)
IMAGE_NOT_APPROVED = Notice(
    "IMAGE-NOT-APPROVED",
    "The data volume is sealed to images that its owner approved, and this one is not. "
    "Nothing was opened.",
    "Switch the machine off, leave one stick in it, and start it from the owner's signed image. If "
    "this is that stick, call security.",
)
TPM_MISSING = Notice(
    "TPM-MISSING",
    "The data volume takes its machine's TPM, and none answers here. Nothing was opened.",
    "Switch the machine off. Connect the data volume to its own machine, or see in the firmware's "
    "menu that the TPM is on.",
)
TPM_CHANGED = Notice(
    "TPM-CHANGED",
    "This machine's TPM does not give out the key: it was cleared, it is another machine's, or "
    "Secure Boot is not set as it was. Nothing was opened.",
    "Call security. Undo what was changed in the firmware; or the recovery officers open the "
    "volume and seal it to this machine.",
)
TPM_IN_USE = Notice(
    "TPM-IN-USE",
    "This machine's TPM already holds the floor of a data volume, or belongs to somebody. "
    "Nothing was sealed to it.",
    "If that is to end: switch the machine off, clear the TPM in the firmware's menu, and switch "
    "it on again. What was sealed to it before needs its recovery officers then.",
)

FLOOR_NOT_RAISED = Notice(
    "FLOOR-NOT-RAISED",
    "The data volume is open, but this machine's TPM does not record that this release has opened "
    "it, so earlier ones are not shut out yet. The start goes no further.",
    "Try again. If it repeats, switch the machine off and call security.",
)


def notice_for(problem: TpmError) -> Notice:
    """Return the screen for what the TPM or the image refuses."""
    match problem:
        case OlderRelease():
            return IMAGE_OLDER
        case OtherImage() | PolicyMalformed():
            return IMAGE_NOT_APPROVED
        case OtherMachine():
            return TPM_CHANGED
        case MachineInUse():
            return TPM_IN_USE
        case _:
            return TPM_MISSING
