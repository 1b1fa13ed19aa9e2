"""From parts to images: tree, file system, hash tree, EFI program, disk, manifest."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from image import contents, cpio, erofs, esp, gpt, licences, manifest, sbom, uki, verity
from image.console import palette
from image.parts import Parts
from image.profiles import Edition, Layout, Profile, command_line
from image.root_tree import Tree
from image.uki import Section
from image.verity import Verity

RAM_COMPRESSION = "-9"

DISK, PROGRAM, MANIFEST, LISTING = "disk.img", "airlock.efi", "manifest.json", "files.txt"


@dataclass(frozen=True, slots=True)
class Image:
    """One built image: its files by name."""

    files: dict[str, bytes]

    def write(self, folder: Path) -> None:
        """Write the files into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in self.files.items():
            (folder / name).write_bytes(body)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is on the images of one edition: the tree, its licences, and where it differs."""

    tree: Tree
    licences: bytes
    differs: tuple[str, ...]


def editions(parts: Parts) -> dict[Edition, Contents]:
    """Return what is on the images of each edition. Raises PartError, CommandError."""
    base = contents.production(parts)
    demo = contents.demonstration(parts, base)
    texts = {
        edition: licences.archive(
            parts.lock, parts.files, parts.project, is_demo=edition is Edition.DEMO
        )
        for edition in Edition
    }
    return {
        Edition.PRODUCTION: Contents(base, texts[Edition.PRODUCTION], ()),
        Edition.DEMO: Contents(demo, texts[Edition.DEMO], manifest.differences(demo, base)),
    }


def build(parts: Parts, profile: Profile, held: Contents) -> Image:
    """Build one image, a pure function of its parts. Raises ImageError."""
    if profile.layout is Layout.VERITY:
        made = _verified(parts, profile, held.tree)
    else:
        made = _in_memory(parts, held.tree)
    return _finished(parts, profile, held, made)


@dataclass(frozen=True, slots=True)
class _Made:
    program: bytes
    partitions: tuple[gpt.Partition, ...]
    root: Verity | None


def _verified(parts: Parts, profile: Profile, tree: Tree) -> _Made:
    name = uuid5(NAMESPACE_URL, f"airlock {parts.lock_hash} {profile.name}")
    body = erofs.make(tree, str(name), parts.tools)
    hashed = verity.hashed(body, sha256(b"airlock root" + body).digest())
    program = _program(parts, tree, hashed.kernel_arguments(), b"")
    root = gpt.Partition(
        gpt.ROOT, hashed.identifier, "airlock-root", gpt.READ_ONLY | gpt.NOT_MOUNTED_UNASKED,
        body + hashed.tree,
    )  # fmt: skip
    return _Made(program, (root,), hashed)


def _in_memory(parts: Parts, tree: Tree) -> _Made:
    whole = cpio.archive(tree, parts.lock.epoch)
    words = (RAM_COMPRESSION, "-T1", "--no-progress", "--stdout", "-")
    initrd = parts.tools.run("usr/bin/zstd", *words, stdin=whole)
    return _Made(_program(parts, tree, "", initrd), (), None)


def _program(parts: Parts, tree: Tree, root: str, initrd: bytes) -> bytes:
    sections = [
        Section(".osrel", tree["usr/lib/os-release"].data or b""),
        Section(".cmdline", command_line(root, palette.kernel_arguments()).encode()),
        Section(".uname", parts.kernel.release.encode()),
        *((Section(".initrd", initrd),) if initrd else ()),
        Section(".linux", parts.kernel.image.read_bytes()),
    ]
    return uki.assemble(parts.tools.stub, tuple(sections))


def _disk(made: _Made, epoch: int) -> bytes:
    digest = sha256(made.program).digest()
    boot = esp.make(made.program, int.from_bytes(digest[:4], "big"), epoch)
    first = gpt.Partition(gpt.ESP, UUID(bytes=digest[:16], version=4), "airlock-boot", 0, boot)
    return gpt.disk(UUID(bytes=digest[16:], version=4), (first, *made.partitions))


def _finished(parts: Parts, profile: Profile, held: Contents, made: _Made) -> Image:
    is_demo = profile.edition is Edition.DEMO
    artifacts = {
        DISK: _disk(made, parts.lock.epoch),
        PROGRAM: made.program,
        LISTING: manifest.listing(held.tree).encode(),
        "kernel.config": parts.kernel.config.read_bytes(),
        "sbom.cdx.json": sbom.written(
            parts.lock, f"airlock-{profile.name}", parts.version, is_demo=is_demo
        ).encode(),
        "licences.tar": held.licences,
    }
    root: dict[str, object] = {"root_hash": None, "root_words": None}
    if made.root is not None:
        words = manifest.words_of(made.root.root, manifest.word_list(held.tree))
        root = {"root_hash": made.root.root.hex(), "root_words": list(words)}
    root["pcr11"] = uki.pcr_11(made.program).hex()
    told = manifest.described(
        f"airlock-{profile.name}",
        parts.sources(len(sbom.shipped(parts.lock, is_demo=is_demo))),
        artifacts,
        root,
        held.differs,
    )
    return Image({**artifacts, MANIFEST: told.encode()})
