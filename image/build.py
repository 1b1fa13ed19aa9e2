"""From parts to images: tree, file system, hash tree, EFI program, disk, manifest."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from image import contents, regular_file
from image.console import palette
from image.disk import bmap, cpio, erofs, esp, gpt, uki, verity
from image.disk.uki import Section
from image.disk.verity import Verity
from image.errors import PartError
from image.metadata import licences, manifest, sbom
from image.parts import Parts
from image.profiles import Edition, Layout, Profile, command_line
from image.root.root_tree import Tree
from image.vendor import partition
from image.vendor.partition import Vendor

RAM_COMPRESSION = "-9"

DISK, PROGRAM, MANIFEST, LISTING = "disk.img", "airlock.efi", "manifest.json", "files.txt"
MAP, VENDOR_IMAGE = "disk.bmap", "vendor.img"


@dataclass(frozen=True, slots=True)
class Image:
    """One built image: its files by name."""

    files: dict[str, bytes]

    def write(self, folder: Path) -> None:
        """Write the files into a folder, which is made. A link in a file's place is replaced."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in self.files.items():
            regular_file.replace(folder / name, body)


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


def build(parts: Parts, profile: Profile, held: Contents, vendor: Vendor | None = None) -> Image:
    """Build one image, a pure function of its parts. Raises ImageError.

    With a vendor's partition it is another image of the same root, under a name of its own. Where
    nobody has the vendor's files, the image lacks that partition, the disk and the manifest.
    """
    if profile.layout is Layout.VERITY:
        made = _verified(parts, profile, held.tree, vendor)
    elif vendor is None:
        made = _in_memory(parts, held.tree)
    else:
        raise PartError("a vendor's files go onto a partition: take the verity layout")
    return _finished(parts, profile, held, made)


def name_of(profile: Profile, vendor: Vendor | None) -> str:
    """Return the name of an image, and of the folder that its files are in."""
    return f"{profile.name}-{vendor.lock.name}" if vendor else profile.name


@dataclass(frozen=True, slots=True)
class _Made:
    program: bytes
    partitions: tuple[gpt.Partition, ...]
    root: Verity | None
    vendor: Vendor | None = None


def _verified(parts: Parts, profile: Profile, tree: Tree, vendor: Vendor | None) -> _Made:
    name = uuid5(NAMESPACE_URL, f"airlock {parts.lock_hash} {profile.name}")
    body = erofs.make(tree, str(name), parts.tools)
    hashed = verity.hashed(body, sha256(b"airlock root" + body).digest())
    others = ((partition.NAME, vendor.verity),) if vendor else ()
    told = vendor.lock.name if vendor else ""
    program = _program(parts, tree, verity.kernel_arguments(hashed, *others), vendor=told)
    made = [_read_only(gpt.ROOT, "airlock-root", hashed, body + hashed.tree)]
    if vendor and vendor.body is not None:
        made.append(_read_only(partition.KIND, partition.NAME, vendor.verity, vendor.body))
    return _Made(program, tuple(made), hashed, vendor)


def _read_only(kind: UUID, name: str, hashed: Verity, body: bytes) -> gpt.Partition:
    attributes = gpt.READ_ONLY | gpt.NOT_MOUNTED_UNASKED
    return gpt.Partition(kind, hashed.identifier, name, attributes, body)


def _in_memory(parts: Parts, tree: Tree) -> _Made:
    whole = cpio.archive(tree, parts.lock.epoch)
    words = (RAM_COMPRESSION, "-T1", "--no-progress", "--stdout", "-")
    initrd = parts.tools.run("usr/bin/zstd", *words, stdin=whole)
    return _Made(_program(parts, tree, "", initrd), (), None)


def _program(parts: Parts, tree: Tree, root: str, initrd: bytes = b"", vendor: str = "") -> bytes:
    told = command_line(root, palette.kernel_arguments(), vendor)
    sections = [
        Section(".osrel", tree["usr/lib/os-release"].data or b""),
        Section(".cmdline", told.encode()),
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
    name = f"airlock-{name_of(profile, made.vendor)}"
    lock = made.vendor.lock if made.vendor else None
    artifacts = {
        PROGRAM: made.program,
        LISTING: manifest.listing(held.tree).encode(),
        "kernel.config": parts.kernel.config.read_bytes(),
        "sbom.cdx.json": sbom.written(
            parts.lock, name, parts.version, is_demo=is_demo, vendor=lock
        ).encode(),
        "licences.tar": held.licences,
    }
    if made.vendor:
        artifacts[partition.CARD] = made.vendor.card().encode()
        if made.vendor.body is None:
            return Image(artifacts)
        artifacts[VENDOR_IMAGE] = made.vendor.body
    artifacts[DISK] = _disk(made, parts.lock.epoch)
    artifacts[MAP] = bmap.of(artifacts[DISK])
    told = manifest.described(
        name,
        parts.sources(len(sbom.shipped(parts.lock, is_demo=is_demo))),
        artifacts,
        _root(made, held.tree),
        held.differs,
    )
    return Image({**artifacts, MANIFEST: told.encode()})


def _root(made: _Made, tree: Tree) -> dict[str, object]:
    """Return what a manifest says of what is verified while the image runs."""
    told: dict[str, object] = {"root_hash": None, "root_words": None}
    if made.root is not None:
        words = manifest.words_of(made.root.root, manifest.word_list(tree))
        told = {"root_hash": made.root.root.hex(), "root_words": list(words)}
    if made.vendor:
        vendor, lock = made.vendor.verity.root.hex(), made.vendor.lock
        told["vendor"] = {"name": lock.name, "version": lock.version, "root_hash": vendor}
    return {**told, "pcr11": uki.pcr_11(made.program).hex()}
