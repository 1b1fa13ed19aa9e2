"""Everything an image is made from, opened: the lock, the verified files, the tools, the kernel."""

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from image import places
from image.errors import PartError
from image.inputs import tools
from image.inputs.lock import Lock
from image.inputs.tools import Tools
from image.kernel import Kernel
from image.metadata.manifest import Sources
from image.root import root_tree, sources
from image.root.root_tree import Rules


@dataclass(frozen=True, slots=True)
class Parts:
    """The inputs of a build; `project` is the source tree that the application is taken from."""

    lock: Lock
    lock_hash: str
    files: Path
    tools: Tools
    kernel: Kernel
    rules: Rules
    project: Path
    version: str

    def debs(self, name: str) -> tuple[Path, ...]:
        """Return the packages of one set as files."""
        return tuple(self.files / package.sha256 for package in self.lock.members(name))

    def wheels(self) -> tuple[Path, ...]:
        """Return the wheels as files."""
        return tuple(self.files / wheel.sha256 for wheel in self.lock.wheels)

    def sources(self, packages: int) -> Sources:
        """Return what the manifest says of all this."""
        built = self.kernel
        return Sources(
            version=self.version,
            epoch=self.lock.epoch,
            snapshot=self.lock.snapshot,
            lock=self.lock_hash,
            kernel_release=built.release,
            kernel_config=_digest(built.config),
            kernel_image=_digest(built.image),
            kernel_key=built.key,
            packages=packages,
            wheels=len(self.lock.wheels),
        )


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def version_of(project: Path) -> str:
    """Return the project's version. Raises PartError if it has none."""
    table = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    version = table.get("project", {}).get("version")
    if not isinstance(version, str):
        raise PartError("the project has no version")
    return version


def opened(lock: Lock, lock_hash: str, cache: places.Cache, built: Kernel) -> Parts:
    """Open what the cache holds for a lock, beside a kernel and the sources. Raises ImageError."""
    sources.verify(places.PROJECT)
    return Parts(
        lock=lock,
        lock_hash=lock_hash,
        files=cache.files,
        tools=tools.unpacked(lock, cache.files, cache.tools),
        kernel=built,
        rules=root_tree.parse_rules(places.ROOT_RULES.read_text("utf-8")),
        project=places.PROJECT,
        version=version_of(places.PROJECT),
    )
