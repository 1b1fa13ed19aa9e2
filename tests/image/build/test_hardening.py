"""What the hardening of the kernel rests on, what is shut by name, and what the kernel is told."""

import pytest

from image.profiles import command_line
from tests.image.build.test_kernel import ASKED

RESTS_ON = {
    "LSM": '"lockdown,landlock,yama,bpf"',  # in this order, lockdown before all others
    "SECURITY_LOCKDOWN_LSM": "y",
    "SECURITY_LOCKDOWN_LSM_EARLY": "y",  # before the first line of the command line is read
    "SECCOMP": "y",  # without it no unit has a filter
    "IOMMU_SUPPORT": "y",
    "INTEL_IOMMU": "y",
    "STACKPROTECTOR": "y",
    "SECURITY_DMESG_RESTRICT": "y",  # addresses are in the log
    "LEGACY_VSYSCALL_NONE": "y",  # code at a place that everybody knows
    "STATIC_USERMODEHELPER_PATH": '""',  # none at all
    "PANIC_TIMEOUT": "10",
}
SHUT = {
    "ACPI_TABLE_UPGRADE": "code from an initrd",
    "EFI_CUSTOM_SSDT_OVERLAYS": "code from a variable",
    "CMDLINE_BOOL": "a second command line",
    "INTEL_MEI": "the chipset's own computer",
    "HIDRAW": "keyboards past their driver",
    "KPROBES": "code in the running kernel",
    "LDISC_AUTOLOAD": "drivers for whoever asks",
    "LEGACY_TIOCSTI": "keys that nobody pressed",
    "MAGIC_SYSRQ": "orders from the keyboard",
    "MODIFY_LDT_SYSCALL": "old segments",
    "PROFILING": "what others do",
    "USERFAULTFD": "time for whoever attacks",
    "CRASH_DUMP": "memory on a disk",
    "SUSPEND": "keys in a machine at rest",
    "CRYPTO_USER_API_HASH": "ciphers over a socket",
    "NETWORK_FILESYSTEMS": "files from elsewhere",
}
TOLD = {
    "init=/usr/lib/systemd/systemd",
    "quiet",
    "loglevel=3",
    "systemd.show_status=no",
    "consoleblank=0",
    "mitigations=auto,nosmt",
    "slab_nomerge",
    "page_alloc.shuffle=1",
    "iommu.passthrough=0",
    "iommu.strict=1",
}


@pytest.mark.parametrize("name", RESTS_ON)
def test_what_the_hardening_rests_on_is_there(name: str) -> None:
    assert ASKED.get(f"CONFIG_{name}") == RESTS_ON[name]


@pytest.mark.parametrize("name", SHUT)
def test_what_would_let_something_in_is_shut_by_name(name: str) -> None:
    assert ASKED.get(f"CONFIG_{name}") == "n"


def test_the_kernel_is_told_these_words_and_no_others() -> None:
    assert set(command_line("", "").split()) == TOLD
