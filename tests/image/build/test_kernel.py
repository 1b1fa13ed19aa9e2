"""What the kernel is asked to be, and that nothing else is kept."""

from pathlib import Path

import pytest

from image import kernel
from image.errors import PartError
from tests.conventions.documents import ROOT

ASKED = kernel.options((ROOT / "image/kernel.config").read_text("utf-8"))
HARDENED = {
    "RANDOMIZE_BASE": "y",  # the kernel's place is drawn anew at each start
    "RANDOMIZE_MEMORY": "y",
    "RANDOMIZE_KSTACK_OFFSET_DEFAULT": "y",
    "STRICT_KERNEL_RWX": "y",  # nothing is writable and executable
    "VMAP_STACK": "y",  # a stack that runs over is caught
    "STACKPROTECTOR_STRONG": "y",
    "FORTIFY_SOURCE": "y",
    "HARDENED_USERCOPY": "y",
    "INIT_ON_ALLOC_DEFAULT_ON": "y",  # nobody reads what was there before
    "INIT_ON_FREE_DEFAULT_ON": "y",
    "INIT_STACK_ALL_ZERO": "y",
    "SLAB_FREELIST_RANDOM": "y",
    "SLAB_FREELIST_HARDENED": "y",
    "SHUFFLE_PAGE_ALLOCATOR": "y",
    "CPU_MITIGATIONS": "y",
    "MITIGATION_PAGE_TABLE_ISOLATION": "y",
    "INTEL_IOMMU_DEFAULT_ON": "y",  # a device reaches only memory that it was given
    "AMD_IOMMU": "y",
    "IOMMU_DEFAULT_DMA_STRICT": "y",
    "LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY": "y",  # not even root reads or changes the kernel
    "SECCOMP_FILTER": "y",
    "SECURITY_YAMA": "y",
    "SECURITY_LANDLOCK": "y",
    "STATIC_USERMODEHELPER": "y",  # the kernel starts no helper outside every unit
    "PANIC_ON_OOPS": "y",
    "BPF_UNPRIV_DEFAULT_OFF": "y",
}
ABSENT = (
    *("MODULES", "KEXEC", "KEXEC_FILE", "HIBERNATION", "SWAP", "COREDUMP", "USER_NS", "IO_URING"),
    *("DEVMEM", "DEVPORT", "PROC_KCORE", "DEBUG_FS", "BINFMT_MISC", "IA32_EMULATION"),
    *("X86_X32_ABI", "INET", "PACKET", "NETDEVICES", "WIRELESS", "BT", "NETFILTER"),
)
UNASKED = ("PRINTER", "USB_PRINTER", "PARPORT", "SOUND", "USB_NET_DRIVERS", "FIREWIRE")


@pytest.mark.parametrize("name", HARDENED)
def test_the_kernel_is_asked_to_be_hardened(name: str) -> None:
    assert ASKED.get(f"CONFIG_{name}") == HARDENED[name]


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_left_out_is_left_out_by_name(name: str) -> None:
    assert ASKED.get(f"CONFIG_{name}") == "n"


@pytest.mark.parametrize("name", UNASKED)
def test_nobody_asks_for_printers_sound_or_cables_into_memory(name: str) -> None:
    assert ASKED.get(f"CONFIG_{name}", "n") == "n"


def built(folder: Path, config: str, symbols: str) -> Path:
    linux = folder / "linux"
    for name, text in (
        (".config", config),
        ("System.map", symbols),
        ("arch/x86/boot/bzImage", "kernel"),
        ("include/config/kernel.release", "6.12\n"),
    ):
        (linux / name).parent.mkdir(parents=True, exist_ok=True)
        (linux / name).write_text(text)
    return linux


def test_what_is_as_asked_is_kept(tmp_path: Path) -> None:
    linux = built(tmp_path, "CONFIG_A=y\n# CONFIG_B is not set\n", "ffff T start_kernel\n")
    kernel.keep(linux, "CONFIG_A=y\n# CONFIG_B is not set\n", tmp_path / "kept")
    assert (tmp_path / "kept/vmlinuz").read_text() == "kernel"


@pytest.mark.parametrize(
    ("config", "symbols", "why"),
    [
        ("# CONFIG_A is not set\n", "ffff T start_kernel\n", "CONFIG_A=y, not n"),
        ("CONFIG_A=y\n", "ffff T tcp_v4_rcv\n", "tcp_v4_rcv"),
    ],
)
def test_what_is_not_as_asked_is_not_kept(
    tmp_path: Path, config: str, symbols: str, why: str
) -> None:
    with pytest.raises(PartError, match=why):
        kernel.keep(built(tmp_path, config, symbols), "CONFIG_A=y\n", tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
