"""The services of one sitting: each is started when a launch first needs it, and ends with the sitting.

One that has died is started again for the next launch.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.matrix.catalog import scenario_catalog
from harness.measure.services.postgres import start_postgres
from harness.measure.services.service import RunningService, ServiceContext, Starter
from harness.measure.services.upstream import start_upstream
from harness.measure.stop import Stop
from harness.model.plan import Launch

STARTERS: Mapping[str, Starter] = {"postgres": start_postgres, "upstream": start_upstream}
"""How each service is started, by the name that scenarios use."""


class ServiceManager:
    """Starts and ends services. Their logs go to a folder, which keeps those of services that died.

    `external` services are used as they are.
    """

    def __init__(
        self, logs: Path, cores: Sequence[int], stop: Stop, external: Mapping[str, RunningService] | None = None
    ) -> None:
        self._logs = logs
        self._cores = cores
        self._stop = stop
        self._external = external or {}
        self._deaths = 0
        self._running: dict[str, RunningService] = {}
        self._ends: dict[str, ExitStack] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as ends:
            for name in self._running:
                ends.callback(self._end, name)

    def start_for(self, launch: Launch) -> dict[str, RunningService]:
        """Return the services of a launch by name, started if need be. Raises ServiceError if that fails."""
        known = scenario_catalog().get(launch.scenario)
        name = known.service if known else None
        return {} if name is None else {name: self._get_running(name)}

    def _get_running(self, name: str) -> RunningService:
        if name in self._external:
            return self._external[name]
        if name in self._running and self._running[name].describe_exit():
            self._end(name)
            del self._running[name]
            self._deaths += 1
            log = self._make_context(name).log
            log.rename(log.with_stem(f"{name}-{self._deaths}"))
        if name not in self._running:
            with ExitStack() as started:
                self._running[name] = started.enter_context(STARTERS[name](self._make_context(name)))
                self._ends[name] = started.pop_all()
        return self._running[name]

    def _end(self, name: str) -> None:
        died = self._running[name].describe_exit()
        self._ends.pop(name).close()
        if not died:
            self._make_context(name).log.unlink(missing_ok=True)

    def _make_context(self, name: str) -> ServiceContext:
        return ServiceContext(self._logs / f"{name}.log", self._cores, self._stop)
