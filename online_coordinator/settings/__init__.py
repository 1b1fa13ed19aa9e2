"""Django's settings. What differs between desks comes from the environment and the data folder."""

from online_coordinator.settings.folder import data_folder

_FOLDER = data_folder()

DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "online_coordinator.people",
    "online_coordinator.appliances",
    "online_coordinator.wallets",
    "online_coordinator.whitelist",
    "online_coordinator.requests",
    "online_coordinator.batches",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _FOLDER / "coordinator.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
}
