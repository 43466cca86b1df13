"""The parent's side of a Dask cluster: it hands out groups, sends data, and takes outcomes back.

Nothing is fetched, recorded or mirrored on a worker. Dask starts the
groups of a lost worker again on another one, as often as the scheduler allows.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks import registry
from benchmarks.data import Store, load
from runners.execution import worker
from runners.execution.engine import Engine, EngineError, Failure, Work
from runners.execution.engines import remote
from runners.execution.group import Group

PATIENCE = 3.0
"""Seconds for the scheduler to answer."""
SENDINGS = 10
"""How often a group is tried again for lack of data, each time on a worker that had none."""
INSTALL = ".venv/bin/python -m pip install --require-hashes -r requirements-dev.lock"


@contextmanager
def connected(address: str | None) -> Iterator[Engine]:
    """The engine of the scheduler at `address`, such as tcp://192.168.1.5:8786.

    Raises EngineError when Dask is not installed, nobody answers, there is no worker, or a
    worker would not compute what this checkout computes.
    """
    if not address:
        raise EngineError("--engine dask needs the scheduler: --address tcp://HOST:8786")
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise EngineError(
            f"--engine dask needs the package distributed ({error}); install it: {INSTALL}"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # the run reports failures
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(
            f"no Dask scheduler answers at {address} ({_first_line(error)}); start one with "
            "`python -m dask scheduler`, and give the address it prints"
        ) from None
    try:
        workers = _checked(client, address)
        run = str(client.id)
        cores = sum(workers.values())
        yield Engine(
            lambda threads, groups, device: DaskExecutor(client, run),
            cores,
            f"{cores} threads of {len(workers)} Dask workers",
        )
    finally:
        with suppress(Exception):  # a cluster that has gone has nothing to stop
            client.run(remote.stop, str(client.id), on_error="ignore")
        client.close(timeout=PATIENCE)


def _checked(client: Any, address: str) -> Mapping[str, int]:
    """Threads by worker, all of which compute what this process computes. Raises EngineError."""
    threads: dict[str, int] = client.nthreads()
    if not threads:
        raise EngineError(
            f"the scheduler at {address} has no workers; start some with "
            f"`python -m dask worker {address}` in a checkout of this project on each machine"
        )
    own = remote.identity()
    problems = []
    for name, found in client.run(remote.identity, on_error="return").items():
        if isinstance(found, Exception):
            problems.append(
                f"worker {name} cannot import this project ({_first_line(found)}); start it in a "
                "checkout, with the environment of requirements-dev.lock"
            )
        elif difference := remote.differing(own, found):
            problems.append(f"worker {name} has {difference}")
    if problems:
        raise EngineError(
            "the same code and libraries are needed everywhere: " + "; ".join(problems)
        )
    return threads


class DaskExecutor:
    """Hands groups to a cluster. Their futures never raise: what went wrong is a Failure."""

    ahead = sys.maxsize

    def __init__(self, client: Any, run: str) -> None:
        self.client, self.run = client, run
        self.own = remote.identity()
        self.executors: dict[str, Any] = {}
        """Dask's executors, by the resources their groups ask for."""
        self.offers: Collection[Mapping[str, float]] = ()
        """Resources of each worker, once asked for."""
        self.tries: Counter[str] = Counter()
        self.sent: set[tuple[str, str]] = set()
        """Worker and digest of data that was sent."""
        self.sending = threading.Lock()

    def submit(self, work: Work, group: Group, folder: Path) -> Future[Any]:
        """Submit a group to a worker; `folder` is where this process finds data to send."""
        if work is not worker.run:
            raise EngineError(f"the engine dask trains groups and nothing else, received {work}")
        future: Future[Any] = Future()
        if self._offered(group.resources):
            self._hand_out(future, group, folder)
        else:
            wish = " ".join(f"{name}={amount:g}" for name, amount in group.resources.items())
            future.set_result(
                Failure(f"no Dask worker offers {wish}; start one with --resources '{wish}'")
            )
        return future

    def _offered(self, resources: Mapping[str, float]) -> bool:
        """Whether a worker has all this; Dask itself would wait for one for ever."""

        def enough(offer: Mapping[str, float]) -> bool:
            return all(offer.get(name, 0) >= amount for name, amount in resources.items())

        if not any(map(enough, self.offers)) and resources:
            self.offers = self.client.run(remote.offer, on_error="ignore").values()
        return not resources or any(map(enough, self.offers))

    def _hand_out(self, future: Future[Any], group: Group, folder: Path) -> None:
        wish = dict(group.resources)
        if str(wish) not in self.executors:
            self.executors[str(wish)] = self.client.get_executor(pure=False, resources=wish or None)
        task = self.executors[str(wish)].submit(
            remote.train,
            self.run,
            group,
            self.own,
            key=f"{group.label} {self.tries[group.label]} {self.run}",
        )
        task.add_done_callback(lambda done: self._settled(done, future, group, folder))

    def _settled(self, task: Future[Any], future: Future[Any], group: Group, folder: Path) -> None:
        """Take a finished task's result. Dask's event loop calls this: it must not wait."""
        result = _result(task)
        if isinstance(result, remote.Missing):
            self.tries[group.label] += 1
            if self.tries[group.label] <= SENDINGS:
                again = (result, future, group, folder)
                threading.Thread(target=self._try_again, args=again, daemon=True).start()
                return
            result = Failure(f"its data did not reach any worker in {SENDINGS} tries")
        future.set_result(result)

    def _try_again(
        self, missing: remote.Missing, future: Future[Any], group: Group, folder: Path
    ) -> None:
        """Send a worker the data it has not got, once, and hand the group out again."""
        try:
            with self.sending:
                if (missing.worker, group.digest) not in self.sent:
                    source = registry.load().benchmarks[group.benchmark].data
                    loaded = load(source, Store(folder, offline=True))
                    there = [missing.address]
                    self.client.run(
                        remote.keep, loaded, group.digest, workers=there, on_error="ignore"
                    )
                    self.sent.add((missing.worker, group.digest))
            self._hand_out(future, group, folder)
        except Exception as error:
            future.set_result(Failure(f"{type(error).__name__}: {error}"))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """With `cancel_futures` end this run's groups on every worker."""
        if not cancel_futures:
            return
        with suppress(Exception):  # nothing is lost when the cluster has gone
            for executor in self.executors.values():
                executor.shutdown(wait=False)
            self.client.run(remote.stop, self.run, on_error="ignore")


def _result(task: Future[Any]) -> Any | Failure:
    from distributed import KilledWorker

    try:
        return task.result()
    except KilledWorker as lost:
        return Failure(
            f"its worker died, {lost.allowed_failures + 1} times on end; the last was "
            f"{lost.last_worker.address}",
            str(lost),
        )
    except CancelledError:
        return Failure("the connection to the Dask scheduler was lost")
    except Exception as error:
        return Failure(f"{type(error).__name__}: {error}")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
