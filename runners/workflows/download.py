"""Large data sets on their way while other benchmarks train."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from benchmarks.data import DataError, Loaded, Store, load_all
from benchmarks.definition import Benchmark


class Download(threading.Thread):
    """Large data sets on their way while the others train; no time budget counts them."""

    def __init__(self, benchmarks: Sequence[Benchmark], store: Store) -> None:
        super().__init__(daemon=True)
        self.sources = {benchmark.name: benchmark.data for benchmark in benchmarks}
        self.store = store
        self.found: dict[str, Loaded | DataError] = {}
        self.start()

    def run(self) -> None:
        """Fetch; what cannot be had ends up as its error."""
        self.found = load_all(self.sources, self.store)

    def wait(self) -> dict[str, Loaded | DataError]:
        """The data sets, once all are there or have failed."""
        while self.is_alive():
            self.join(0.5)  # in slices, so that Ctrl-C is handled
        return self.found
