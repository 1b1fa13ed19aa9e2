"""The images that are built: two layouts of one tree, each for production and as a demo."""

from dataclasses import dataclass
from enum import StrEnum

from image.errors import PartError


class Layout(StrEnum):
    """How the root reaches the machine."""

    VERITY = "verity"
    """A read-only partition whose every block the kernel verifies as it is read."""
    RAM = "ram"
    """A part of the one EFI file: once it runs, the medium can be taken out and locked away."""


class Edition(StrEnum):
    """What the image is for."""

    PRODUCTION = "production"
    DEMO = "demo"
    """The same files and a token in software beside them; never for real keys."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One image."""

    layout: Layout
    edition: Edition

    @property
    def name(self) -> str:
        """The folder its files are in."""
        return f"{self.layout}-{self.edition}"


PROFILES = tuple(Profile(layout, edition) for layout in Layout for edition in Edition)

_COMMON = (
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
)


NOT_BUILT_HERE = {
    "hsm-pcie": (
        "an HSM on the PCI bus takes its vendor's driver, compiled into the kernel: code that is "
        "neither in Debian's source nor public"
    ),
    "hsm-lan": (
        "an HSM on a network takes an IP stack and a network driver: it opens the one door that "
        "every other image does not have"
    ),
}
"""Profiles that weaken the image, by name, and how. docs/image.md says what each would change."""

LONGEST_COMMAND_LINE = 2048
"""The kernel reads no more (COMMAND_LINE_SIZE of x86), and says nothing of the rest."""


def command_line(root: str, palette: str, vendor: str = "") -> str:
    """Return the kernel's command line: where the root is, what is common, the screen's colours.

    `vendor` names the vendor whose HSM module is opened beside the root. Raises PartError if the
    kernel would not read all of it.
    """
    told = f"airlock.vendor={vendor}" if vendor else ""
    line = " ".join(word for word in (root, told, *_COMMON, palette) if word)
    if len(line) >= LONGEST_COMMAND_LINE:
        raise PartError("the command line is longer than the kernel reads")
    return line


def os_release(version: str, edition: Edition) -> str:
    """Return the image's own os-release(5): it is its own distribution."""
    told = {
        Edition.PRODUCTION: f"Airlock {version}",
        Edition.DEMO: f"Airlock {version} DEMO, not for real keys",
    }
    fields = {
        "NAME": "Airlock",
        "ID": "airlock",
        "ID_LIKE": "debian",
        "VERSION_ID": version,
        "PRETTY_NAME": told[edition],
        "IMAGE_ID": f"airlock-{edition}",
        "IMAGE_VERSION": version,
    }
    return "".join(f'{key}="{value}"\n' for key, value in fields.items())


def selected(words: tuple[str, ...]) -> tuple[Profile, ...]:
    """Return the profiles of these names, all of them for no name. Raises ValueError."""
    known = {profile.name: profile for profile in PROFILES}
    if refused := set(words) & set(NOT_BUILT_HERE):
        raise ValueError(f"{min(refused)} is not built here: {NOT_BUILT_HERE[min(refused)]}")
    if unknown := set(words) - set(known):
        raise ValueError(f"{min(unknown)} is no profile; there are {', '.join(known)}")
    return tuple(profile for profile in PROFILES if not words or profile.name in words)
