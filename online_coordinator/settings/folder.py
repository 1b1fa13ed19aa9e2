"""The data folder: database, transport key, node addresses."""

import os
from pathlib import Path

from online_coordinator.errors import StoreError

VARIABLE = "AIRLOCK_COORDINATOR_DATA"


def data_folder() -> Path:
    """Return the folder that the environment names, or the user's own data folder."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).absolute()
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "airlock-coordinator"


def make_data_folder() -> Path:
    """Create the folder, for its owner only, and return it. Raises StoreError."""
    folder = data_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failure:
        raise StoreError(f"the data folder {folder} cannot be made: {failure.strerror}") from None
    return folder
