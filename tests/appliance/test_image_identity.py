"""A response says which image its appliance was started from."""

from pathlib import Path

import pytest

from appliance.errors import SettingsError
from appliance.journal.file import JournalFile
from appliance.settings import parse_settings
from tests.appliance.software import found
from tests.appliance.test_signing import response_in
from tests.hostile_coordinator import NOW

DEVICE = '[device]\ndata = "/data"\n{}[hsm]\nmodule = "/m"\ntoken = "1"\n'
NAME = f"Airlock 1.0, {'ab' * 32}, with acme"


def test_settings_name_the_image_or_a_development() -> None:
    assert parse_settings(DEVICE.format(f'image = "{NAME}"\n')).image == NAME
    assert parse_settings(DEVICE.format("")).image == "development"


@pytest.mark.parametrize("told", ['""', "1", f'"{"x" * 257}"', '"\\u00e9"', '"a\\nb"'])
def test_refuses_what_is_no_name_of_an_image(told: str) -> None:
    with pytest.raises(SettingsError, match="image is"):
        parse_settings(DEVICE.format(f"image = {told}\n"))


@pytest.mark.parametrize("name", [None, NAME])
def test_the_response_names_the_image_that_signed(tmp_path: Path, name: str | None) -> None:
    appliance = found(tmp_path)
    if name is not None:
        appliance.journal.close()
        appliance.journal = JournalFile(tmp_path / "journal", lambda: NOW, name)
    response = response_in(appliance, appliance.sign(appliance.coordinator.honest()))
    assert response.image == (name or "development")
