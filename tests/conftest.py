"""What many tests need."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import servers
from harness.matrix.catalog import server_catalog
from harness.measure.load import Clients
from harness.measure.services.postgres import start_postgres
from harness.measure.services.service import ServiceContext
from harness.measure.stop import Stop
from harness.report import folder
from tests.builders.drawings import draw_once

# How long an example takes says how busy the machine is, and no test may fail for that.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("patient"), max_examples=25)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def load() -> Iterator[Clients]:
    """The load processes of all tests."""
    with Clients(Stop()) as clients:
        yield clients


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The PostgreSQL of all tests."""
    with start_postgres(ServiceContext(tmp_path_factory.mktemp("postgres") / "postgres.log", (), Stop())) as server:
        yield server.address


@pytest.fixture
def shared_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a chart once, however many tests write a report that has it."""
    monkeypatch.setattr(folder, "draw", draw_once)


@pytest.fixture
def broken_servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the servers that are broken on purpose into the catalog."""
    broken = Path(__file__).parent / "broken_servers"
    monkeypatch.setattr(servers, "__path__", [*servers.__path__, str(broken)])
    server_catalog.cache_clear()
    yield
    server_catalog.cache_clear()
