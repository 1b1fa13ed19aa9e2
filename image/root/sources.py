"""The project's own files on the image: those of its version control, none that lies beside them.

What an editor, a test or a hand left in a folder would be on the image of that one builder, and
would run: a drop-in of a unit, a module, compiled code.
"""

import re
from pathlib import Path

from image.commands import run
from image.errors import PartError, ProgramAbsent
from image.inputs.deb import Entry, canonical_name
from image.root.root_tree import Tree

FOLDERS = ("appliance", "image/overlay", "image/overlay-demo")
_BYTE_CODE = "__pycache__"
_LEFT_BEHIND = re.compile(r"\..*|.*(~|\.(bak|orig|pyc|pyo|rej|swp|tmp))")
_NAMED = 5


def files(folder: Path, at: str = "") -> Tree:
    """Take a folder of the project as it is; byte code beside it is made anew, and stays outside.

    Every file has the mode 644. Raises PartError for what tools leave behind.
    """
    tree: Tree = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if _BYTE_CODE in parts or (path.is_dir() and not path.is_symlink()):
            continue
        if any(_LEFT_BEHIND.fullmatch(part) for part in parts):
            raise PartError(f"{path} is no source: delete it")
        name = canonical_name("/".join((at, *parts)))
        if path.is_symlink():
            tree[name] = Entry(name, 0o777, target=str(path.readlink()))
        else:
            tree[name] = Entry(name, 0o644, data=path.read_bytes())
    return tree


def verify(project: Path) -> None:
    """Raise PartError if a checkout holds a file, in what goes onto the image, that is not tracked.

    Sources without version control are taken as they are: their hashes tell. So are those of a
    machine without git, and that is said.
    """
    if not (project / ".git").exists():
        return
    order = ("git", "-c", "safe.directory=*", "-C", project, "ls-files", "--others", "-z", "--")
    try:
        told = run((*order, *FOLDERS)).decode("utf-8", "surrogateescape").split("\0")
    except ProgramAbsent:
        print("git is not here to tell which files are the project's", flush=True)
        return
    stray = sorted(name for name in told if name and _BYTE_CODE not in name.split("/"))
    if stray:
        more = f" and {len(stray) - _NAMED} more" * (len(stray) > _NAMED)
        named = ", ".join(f"{name!r:.80}" for name in stray[:_NAMED])
        raise PartError(f"not in version control: {named}{more}. Delete them, or `git add` them")
