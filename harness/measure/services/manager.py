"""What runs beside the servers of one sitting: each service is started when a launch first needs it, and ends with the
sitting. One that has died meanwhile is started anew for the next launch.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.matrix.catalog import scenario_catalog
from harness.measure.services import upstream
from harness.measure.services.postgres import start_postgres
from harness.measure.services.service import RunningService, ServiceContext, Starter
from harness.measure.stop import Stop
from harness.model.plan import Launch

STARTERS: Mapping[str, Starter] = {"postgres": start_postgres, "upstream": upstream.start_upstream}
"""How each service is started, by the name that scenarios call it by."""


class ServiceManager:
    """All services of a sitting; they write their logs into a folder, which keeps those of services that went wrong.

    Those that are `given` are not started.
    """

    def __init__(
        self, logs: Path, on_cores: Sequence[int], stop: Stop, given: Mapping[str, RunningService] | None = None
    ) -> None:
        self._logs = logs
        self._on_cores = on_cores
        self._stop = stop
        self._given = given or {}
        self._died = 0
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

    def of(self, launch: Launch) -> dict[str, RunningService]:
        """What a launch needs, by name. Raises ServiceError where it cannot be started."""
        known = scenario_catalog().get(launch.scenario)
        name = known.service if known else None
        return {} if name is None else {name: self._up(name)}

    def _up(self, name: str) -> RunningService:
        if name in self._given:
            return self._given[name]
        if name in self._running and self._running[name].obituary():
            self._end(name)
            del self._running[name]
            self._died += 1
            log = self._site(name).log
            log.rename(log.with_stem(f"{name}-{self._died}"))
        if name not in self._running:
            with ExitStack() as started:
                self._running[name] = started.enter_context(STARTERS[name](self._site(name)))
                self._ends[name] = started.pop_all()
        return self._running[name]

    def _end(self, name: str) -> None:
        died = self._running[name].obituary()
        self._ends.pop(name).close()
        if not died:
            self._site(name).log.unlink(missing_ok=True)

    def _site(self, name: str) -> ServiceContext:
        return ServiceContext(self._logs / f"{name}.log", self._on_cores, self._stop)
