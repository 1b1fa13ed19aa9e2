"""The realm, in words and colour, at the top of every screen."""

from textual.reactive import reactive
from textual.widgets import Static

from appliance.model.text import grouped, literal
from appliance.tui.desk import Standing
from appliance.wire.terms import Realm

MEANS = {
    Realm.PRODUCTION: "Real keys: what is signed here moves money.",
    Realm.TRAINING: "Practice: nothing signed here is valid outside.",
    Realm.REHEARSAL: "A rehearsal, with keys for rehearsals only.",
    Realm.TEST: "A test: nothing here is real.",
    None: "Not founded, or not known yet.",
}


class Banner(Static):
    """One line that says which realm this is, what that means, and which appliance."""

    standing: reactive[Standing | None] = reactive(None, layout=False)

    def __init__(self, standing: Standing | None) -> None:
        super().__init__(markup=False)
        self.set_reactive(Banner.standing, standing)

    def on_mount(self) -> None:
        """Take the realm's colour."""
        realm = self.standing.realm if self.standing else None
        self.add_class(realm.value if realm else "unfounded")

    def on_resize(self) -> None:
        """Fill the line anew."""
        self.update(banner_text(self.standing, self.size.width, self.size.height))


def banner_text(standing: Standing | None, width: int, height: int) -> str:
    """Return the banner's words; over several lines where it is narrow and tall."""
    realm = standing.realm if standing else None
    name = realm.value.upper() if realm else "NO REALM"
    if height > 1:
        return f"{name}\n{MEANS[realm]}"
    known = literal(standing.appliance)[:8] if standing else ""
    identity = f"Appliance {grouped(known)}" if known else ""
    left = f"{name}   {MEANS[realm]}"
    return f"{left}{identity:>{max(0, width - len(left))}}"[:width]
