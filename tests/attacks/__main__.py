"""Write this world and its cases in the shared format: `python -m tests.attacks FOLDER`."""

import json
import sys
from pathlib import Path

from tests.attacks.case import as_shared_format
from tests.attacks.test_attacks import ROOMS
from tests.attacks.world import world


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "world.json").write_text(json.dumps(world(), indent=1))
    lines = [json.dumps(as_shared_format(c)) for made in ROOMS.values() for c in made()]
    (folder / "cases.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
