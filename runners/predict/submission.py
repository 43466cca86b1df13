"""Predictions in the form of a competition's sample submission."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from benchmarks.data import Store
from benchmarks.data.own.frames import Frame, read_frame, shortened
from benchmarks.data.own.tables import check_columns
from benchmarks.definition import Benchmark
from runners.predict.network import Refused

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Template:
    """A sample submission: what the columns are called and whether it wants probabilities."""

    sample: Frame

    def fill(self, answers: DataFrame, rows: Frame) -> DataFrame:
        """Predictions of the test `rows` in the sample's form, in their order.

        `answers` has the predicted value first, then probabilities. A column named like a class
        gets its probability; the one answer of two classes is the second's probability where the
        sample holds numbers that are no class, else the class itself.
        """
        identity, *wanted = self.sample.table.columns
        check_columns(rows, [identity])
        table = pd.DataFrame({identity: rows.table[identity].to_numpy()})
        shares = [name for name in answers.columns[1:] if name.startswith("P(")]
        for name in wanted:
            if f"P({name})" in shares and len(wanted) > 1:
                table[name] = answers[f"P({name})"]
            elif len(wanted) > 1:
                raise Refused(
                    f"the sample submission asks for {shortened(name)}, which is no class; it has "
                    f"{', '.join(shortened(one[2:-1]) for one in shares) or 'none'}"
                )
            elif len(shares) == 2 and self._probable(name, shares):
                table[name] = answers[shares[1]]
            else:
                table[name] = answers.iloc[:, 0]
        return table

    def _probable(self, name: str, shares: list[str]) -> bool:
        values = set(self.sample.table[name])
        return not values <= {share[2:-1] for share in shares}


def competition(benchmark: Benchmark, store: Store) -> tuple[Path, Template]:
    """Test rows and sample submission that `make new` kept. Raises Refused, Corrupt."""
    files = {name: store.folder / keep for name, keep in _files(benchmark)}
    sample = next((path for name, path in files.items() if "submission" in name.lower()), None)
    test = next((path for name, path in files.items() if name.lower().startswith("test")), None)
    if sample is None or test is None:
        raise Refused(
            f"{benchmark.name} was not made from a competition: expected test.csv and "
            "sample_submission.csv beside train.csv when it was made"
        )
    for path in (sample, test):
        if not path.is_file():
            raise Refused(f"{path.name} is not in the data folder; `make data FROM=DIR` brings it")
    return test, Template(read_frame(sample, header=True))


def _files(benchmark: Benchmark) -> list[tuple[str, str]]:
    return [(file.name, file.keep) for copy in benchmark.data.copies for file in copy.files]
