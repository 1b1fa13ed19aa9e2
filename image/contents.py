"""What is on the image: one tree, and the demonstration's few files beside it."""

import zlib
from pathlib import Path

from image.console import pcf, psf
from image.console.__main__ import console_font
from image.console.font import Font
from image.console.repertoire import positions
from image.errors import PartError
from image.inputs.deb import Entry, entries
from image.parts import Parts
from image.profiles import Edition, os_release
from image.root import bytecode, libraries, root_tree, sources
from image.root.root_tree import SITE, Rules, Tree

_FONTS = ("ter-u16n_unicode.pcf.gz", "ter-u32n_unicode.pcf.gz")
_FONT_FOLDER = "usr/share/airlock"
_RELEASE = "usr/lib/os-release"


def production(parts: Parts) -> Tree:
    """Return the production image's tree, whole. Raises PartError, CommandError."""
    rules = parts.rules
    packages = root_tree.from_packages(parts.debs("root"), rules.programs, rules)
    overlay = sources.files(parts.project / "image/overlay")
    tree = {
        **packages,
        **root_tree.from_wheels(parts.wheels(), rules),
        **sources.files(parts.project / "appliance", f"{SITE}/appliance"),
        **_fonts(parts),
        **_named(_text(_RELEASE, os_release(parts.version, Edition.PRODUCTION))),
        **_named(_text("usr/lib/clock-epoch", "")),
        **overlay,
    }
    tree = libraries.pruned(tree, rules.opened)
    tree = root_tree.completed(tree | bytecode.compiled(tree, parts.tools), rules)
    root_tree.verify(tree, rules.programs)
    return tree


def demonstration(parts: Parts, base: Tree) -> Tree:
    """Return the demonstration's tree: the production tree and its own few files.

    Their byte code is compiled apart, so that no other file's changes. Raises PartError if one of
    them needs what the production tree does not have.
    """
    own = _own_files(parts)
    compiled = bytecode.compiled(own, parts.tools)
    libraries.pruned(base | own, parts.rules.opened)
    tree = root_tree.completed(base | own | compiled, parts.rules)
    root_tree.verify(tree, parts.rules.programs | parts.rules.demo_files)
    return tree


def _own_files(parts: Parts) -> Tree:
    return {
        **root_tree.from_packages(parts.debs("demo"), parts.rules.demo_files),
        **_named(_text(_RELEASE, os_release(parts.version, Edition.DEMO))),
        **sources.files(parts.project / "image/overlay-demo"),
    }


def declared(rules: Rules, project: Path) -> frozenset[str]:
    """Return the only paths in which a demonstration may differ, as the sources declare them."""
    files = {*rules.demo_files, _RELEASE, *sources.files(project / "image/overlay-demo")}
    files |= {bytecode.compiled_name(name) for name in files if name.endswith(".py")}
    above = {
        "/".join(name.split("/")[:depth])
        for name in files
        for depth in range(1, name.count("/") + 1)
    }
    return frozenset(files | above)


def _text(name: str, text: str) -> Entry:
    return Entry(name, 0o644, data=text.encode())


def _named(entry: Entry) -> Tree:
    return {entry.name: entry}


def _font(body: bytes) -> Font:
    try:
        return console_font(pcf.read(body))
    except (pcf.NotAFont, zlib.error, ValueError, ArithmeticError) as problem:
        raise PartError("a font of a package cannot be read") from problem


def _fonts(parts: Parts) -> Tree:
    held = {
        entry.name.rsplit("/", 1)[-1]: entry.data
        for deb in parts.debs("fonts")
        for entry in entries(deb)
    }
    tree: Tree = {}
    for source in _FONTS:
        body = held.get(source)
        if body is None:
            raise PartError(f"no package has the font {source}")
        font = _font(body)
        name = f"{_FONT_FOLDER}/airlock-{font.width}x{font.height}.psf"
        tree[name] = Entry(name, 0o644, data=psf.write(font, positions()))
    return tree
