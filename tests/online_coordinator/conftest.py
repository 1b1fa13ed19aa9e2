"""Django on a database of this test process's own, and a desk with an appliance registered."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, cast

import pytest

_DATA = tempfile.TemporaryDirectory(prefix="airlock-coordinator-test-")
os.environ["AIRLOCK_COORDINATOR_DATA"] = _DATA.name
os.environ["DJANGO_SETTINGS_MODULE"] = "online_coordinator.settings"

import django  # noqa: E402  # settings read the environment

django.setup()
del os.environ["DJANGO_SETTINGS_MODULE"]  # read by now, and not for the processes that tests start

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from online_coordinator.settings.networks import Networks  # noqa: E402
from tests.online_coordinator.bitcoin_desk import BitcoinDesk, funded_desk  # noqa: E402
from tests.online_coordinator.checker import Station, seated  # noqa: E402
from tests.online_coordinator.desk import Desk, networks  # noqa: E402
from tests.online_coordinator.ethereum_simulator import (  # noqa: E402
    EthereumSimulator,
    running_simulator,
)
from tests.online_coordinator.evm import Evm, with_token  # noqa: E402
from tests.online_coordinator.regtest import Regtest  # noqa: E402
from tests.real_parts.bitcoin_node import BitcoinNode  # noqa: E402
from tests.real_parts.evm_node import EvmNode  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def _migrated(request: pytest.FixtureRequest) -> Iterator[None]:
    with _database_allowed(request):
        call_command("migrate", verbosity=0, interactive=False)
        yield
        connection.close()
    _DATA.cleanup()


def _database_allowed(request: pytest.FixtureRequest) -> AbstractContextManager[object]:
    """Lift the guard of pytest-django, where that happens to be installed."""
    try:
        blocker: Any = request.getfixturevalue("django_db_blocker")
    except pytest.FixtureLookupError:
        return nullcontext()
    return cast("AbstractContextManager[object]", blocker.unblock())


@pytest.fixture
def database(_migrated: None) -> Iterator[None]:
    """Give a test the empty database, and take back what it wrote."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def simulator() -> Iterator[EthereumSimulator]:
    """Run an Ethereum node in this process."""
    with running_simulator() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder for files that people carry."""
    return tmp_path


@pytest.fixture
def nodes(database: None, simulator: EthereumSimulator) -> Networks:  # emptied first
    """Return the nodes of a desk with an empty database: the simulator, and no Bitcoin node."""
    return networks(simulator.url)


@pytest.fixture
def desk(nodes: Networks) -> Desk:
    """Open a desk."""
    return Desk.opened(nodes)


@pytest.fixture(scope="session")
def regtest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regtest]:
    """Run a Bitcoin node with a miner who has coins."""
    with BitcoinNode(tmp_path_factory.mktemp("regtest")) as node:
        yield Regtest(node)


@pytest.fixture(scope="session")
def evm() -> Iterator[Evm]:
    """Run an EVM node with a token on it."""
    with EvmNode() as node:
        yield with_token(node)


@pytest.fixture
def funded_bitcoin(database: None, regtest: Regtest) -> BitcoinDesk:
    """Open a desk whose Bitcoin wallets have coins."""
    return funded_desk(regtest)


@pytest.fixture
def station(nodes: Networks, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Station:
    """Seat a checker at the station."""
    return seated(nodes, folder, monkeypatch)
