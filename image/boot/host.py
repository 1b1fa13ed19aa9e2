"""What booting takes of the machine that it is done on; requirements/programs.txt lists it."""

import shutil
from pathlib import Path

EMULATOR = "qemu-system-x86_64"
PROGRAMS = ("openssl", EMULATOR, "sbsign", "swtpm")
FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
SECURE_FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")
VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
FILES = (FIRMWARE, SECURE_FIRMWARE, VARIABLES)


def missing() -> tuple[str, ...]:
    """Return what is not there, by name."""
    programs = (name for name in PROGRAMS if shutil.which(name) is None)
    return (*programs, *(str(path) for path in FILES if not path.is_file()))
