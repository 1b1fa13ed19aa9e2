"""Where things lie: the project's own inputs, the cache that outlives a clean tree, the outputs."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
IMAGE = PROJECT / "image"
LOCK = IMAGE / "lock.json"
WANTED = IMAGE / "packages.toml"
KERNEL_CONFIG = IMAGE / "kernel.config"
ROOT_RULES = IMAGE / "root.toml"
REQUIREMENTS = PROJECT / "requirements/runtime-3.13.txt"
OUTPUT = PROJECT / "build/image"
REPORT = PROJECT / "build/image-verify.json"


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder for what is expensive to have again; everything in it may be deleted."""

    root: Path

    @property
    def files(self) -> Path:
        """Locked files by their SHA-256."""
        return self.root / "files"

    @property
    def kernels(self) -> Path:
        """Built kernels by the key of their inputs."""
        return self.root / "kernels"

    @property
    def tools(self) -> Path:
        """Unpacked sets of tools by the key of their packages."""
        return self.root / "tools"


def default_cache() -> Cache:
    """Return the user's cache folder: $XDG_CACHE_HOME/airlock, or ~/.cache/airlock."""
    base = os.environ.get("XDG_CACHE_HOME")
    return Cache((Path(base) if base else Path.home() / ".cache") / "airlock")
