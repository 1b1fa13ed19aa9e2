"""Every screen at the smallest and the usual size, as people have looked at it and accepted it.

After a change that is meant: look at the differing pictures, then run with --snapshot-update.
"""

import re
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from appliance.tui.app import AirlockApp
from tests.appliance.tui.driving import SIZES, Person, last
from tests.appliance.tui.scenes import SCENES
from tests.appliance.tui.simulated_desk import SimulatedDesk

ADDRESSES = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->\s*", re.DOTALL)
PICTURES = [
    (name, size) for name in SCENES for size in SIZES if (name, size) != ("release", SIZES[1])
]
"""All but the largest QR symbol: as a drawing it is a megabyte, and test_release reads it."""


class Photographed(AirlockApp):
    """An app whose picture names no font on a server, and whose desk ends with it."""

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """Take the picture, then let the desk go."""
        picture = super().export_screenshot(title=title, simplify=simplify)
        assert isinstance(self.desk, SimulatedDesk)
        self.desk.stopped.set()
        self.desk.released.set()
        return ADDRESSES.sub("", picture)


@pytest.mark.parametrize(
    ("name", "size"), PICTURES, ids=[f"{name}-{size[0]}x{size[1]}" for name, size in PICTURES]
)
def test_screen(name: str, size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    scene = SCENES[name]
    app = Photographed(scene.desk(), draw=last)

    async def walk(pilot: Pilot[None]) -> None:
        person = Person(app, pilot)
        await person.settle()
        await scene.walk(person)

    assert snap_compare(app, terminal_size=size, run_before=walk)
    assert app.bug is None
