"""`predict`: new rows through the fitted network of a benchmark, as CSV on standard output.

Nothing else is written there; what there is to know goes to standard error.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from benchmarks import registry
from benchmarks.data import Columns, DataError, Store, default_folder, load
from benchmarks.data.own.encoding import answered, coded
from benchmarks.data.own.frames import Frame, read_frame, shortened, some
from benchmarks.data.own.tables import check_columns, typed_columns, unseen
from benchmarks.definition import Benchmark, breadth
from benchmarks.entries import own_networks
from runners.predict.network import FittedNetwork, Refused, network_output
from runners.records import signature as signatures
from runners.records.signature import Feature, Signature
from runners.records.store import Runs
from runners.safe_text import visible

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Request:
    """What the command line asked for."""

    name: str
    file: Path | None = None
    """New rows; may be left out with `submission`, which has the competition's own."""
    submission: bool = False
    keep: str = ""
    """Columns of the new rows to repeat in front of the predictions, with commas between."""
    runs: Path = Path("runs")
    data: Path | None = None


def predict(request: Request, out: TextIO | None = None) -> int:
    """Write predictions to `out` and return the exit code: 0, or 2 if refused.

    `out` is standard output where none is given, in UTF-8 whatever the terminal's encoding: a file
    of predictions holds no ? for a letter.
    """
    try:
        table = predictions(request, _to_stderr)
    except (Refused, DataError) as error:
        _to_stderr(f"error: {error}")
        return 2
    if out is None and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    table.to_csv(out or sys.stdout, index=False, float_format="%.7g", lineterminator="\n")
    return 0


def predictions(request: Request, say: Callable[[str], None]) -> DataFrame:
    """The table that is written. Raises Refused, DataError, UnknownNameError."""
    benchmarks = registry.select(registry.load(), request.name, "full")
    if len(benchmarks) != 1:
        raise Refused(f"expected the name of one benchmark, received {request.name!r}")
    benchmark, store = benchmarks[0], Store(request.data or default_folder(), offline=True)
    network = newest(benchmark, Runs(request.runs), store)
    file, template = request.file, None
    if request.submission:
        from runners.predict.submission import competition

        test_rows, template = competition(benchmark, store)
        file = file or test_rows
    if file is None:
        raise Refused("expected a file with new rows: python -m runners predict NAME FILE")
    if "image" in network.schema:
        from runners.predict.images import rows

        names, x = rows(file, network.schema["image"], network.schema.get("levels", ()), say)
        table = answered(network_output(network, x), network.schema)
        table.insert(0, "file", names)
        return table
    if "text" in network.schema:
        from runners.predict.texts import texts

        x = texts(file, network.schema["text"])
        return answered(network_output(network, x), network.schema)
    if "recordings" in benchmark.data.values:
        from runners.predict.recordings import series

        x = series(file, benchmark.data.values["recordings"])
        return answered(network_output(network, x), network.schema)
    if "horizon" in benchmark.data.values and "own" in benchmark.data.values:
        from runners.predict.panel import table as steps_ahead

        return steps_ahead(read_rows(file), benchmark.data.values, network)
    if "history" in benchmark.data.values:
        from runners.predict.series import next_step

        return next_step(read_rows(file), benchmark.data.values, network)
    if "features" not in network.schema:
        raise Refused(
            f"{benchmark.name} forecasts from windows of a series, which a table of rows is not; "
            f"load {network.model} with keras.saving.load_model and give it windows"
        )
    frame = read_rows(file, benchmark.data.values)
    table = answered(
        network_output(network, features_of(frame, network.schema, say)), network.schema
    )
    if template is not None:
        return template.fill(table, frame)
    for place, name in enumerate(filter(None, request.keep.split(","))):
        check_columns(frame, [name])
        table.insert(place, name, frame.table[name].to_numpy(), allow_duplicates=True)
    return table


def newest(benchmark: Benchmark, runs: Runs, store: Store) -> FittedNetwork:
    """The newest network of the headline of the widest suite that has one. Raises Refused."""
    headlines = [entry for entry in benchmark.entries if entry.headline]
    for entry in sorted(headlines, key=lambda e: breadth(e.suite), reverse=True):
        records = sorted(runs.read(benchmark.name, entry.name), key=lambda r: r["finished_at"])
        for record in reversed(records):
            model = runs.model(benchmark.name, entry.name, record["recipe"])
            if model.is_file():
                schema, builder = (
                    _schema(benchmark, model, store),
                    own_networks.builder_of(entry.fit),
                )
                return FittedNetwork(model, schema, builder, entry.quantiles)
            if unsaved := record.get("notes", {}).get("unsaved"):
                raise Refused(
                    f"the network of {benchmark.name} {entry.name} was not kept: {unsaved}; then "
                    f"train it again: make bench ONLY={benchmark.name}"
                )
    raise Refused(
        f"{benchmark.name} has no fitted network in {runs.root}; "
        f"train it first: make bench ONLY={benchmark.name}"
    )


def _schema(benchmark: Benchmark, model: Path, store: Store) -> Signature:
    beside = model.with_suffix(".json")
    signature = signatures.read(beside.read_bytes()) if beside.is_file() else None
    if signature is not None:
        return signature
    return signatures.signature_of(benchmark, load(benchmark.data, store).dataset)


OF_CELLS = ("header", "missing", "units", "dates")
"""Fields of a reading that are true of new rows whatever their file is like."""


def read_rows(file: Path, values: Mapping[str, Any] | None = None) -> Frame:
    """A table of new rows, its cells read as `values` say of the data that trained the network.

    The separator may be another one; the decimal sign is that of the training data where it is the
    same. Raises Refused where there is no file, Corrupt where it is no table.
    """
    if not file.is_file():
        raise Refused(f"expected a file with new rows, found none at {file}")
    values = values or {}
    choices = {"header": True} | {name: values[name] for name in OF_CELLS if name in values}
    frame = read_frame(file, **choices)
    if "decimal" in values and frame.separator == (values.get("separator") or ","):
        return replace(frame, reading=replace(frame.reading, decimal=values["decimal"]))
    return frame


def features_of(frame: Frame, schema: Signature, say: Callable[[str], None]) -> np.ndarray:
    """New rows as a network takes them, numbers or texts too, checked against its training data.

    Missing columns and cells of the wrong kind raise Corrupt. Columns that are
    not used, values never seen and numbers out of the range of the data are reported by `say`.
    """
    features = schema["features"]
    columns = columns_of(features)
    wanted = [feature["name"] for feature in features]
    frame = same_names(frame, wanted)
    check_columns(frame, wanted)
    spare = [name for name in frame.table.columns if name not in (*wanted, schema["target"])]
    if spare:
        say(f"not used: {some(spare, 5)}")
    words = {f["name"]: f["words"] for f in features if f["kind"] == "category"}
    for name, values in unseen(frame, columns, words).items():
        first = some(values, 5)
        say(f"column {shortened(name)} has values never seen: {first}; they count as none")
    table = typed_columns(frame, columns)
    for feature in (f for f in features if "least" in f):
        cells = table[feature["name"]].to_numpy()
        least, most = feature["least"], feature["most"]
        outside = int(((cells < least) | (cells > most)).sum())
        if outside:
            say(
                f"column {shortened(feature['name'])}: {outside} of {len(cells)} values outside "
                f"{least:g} to {most:g}, where the network has seen none"
            )
    return coded(table, features)


def same_names(frame: Frame, wanted: Sequence[str]) -> Frame:
    """The table with columns called as wanted where they differ in Unicode form alone."""
    plain = {unicodedata.normalize("NFC", name): name for name in wanted}
    there = set(frame.table.columns)
    names = {
        name: plain[form]
        for name in there - set(wanted)
        if (form := unicodedata.normalize("NFC", name)) in plain and plain[form] not in there
    }
    return replace(frame, table=frame.table.rename(columns=names)) if names else frame


def columns_of(features: Sequence[Feature]) -> Columns:
    """The columns a schema's features come from."""
    return Columns(
        numbers=[f["name"] for f in features if f["kind"] == "number"],
        categories={f["name"]: len(f["words"]) for f in features if f["kind"] == "category"},
        dates=[f["name"] for f in features if f["kind"] == "date"],
        tags={f["name"]: f["words"] for f in features if f["kind"] == "tags"},
        texts=tuple(f["name"] for f in features if f["kind"] == "text"),
    )


def _to_stderr(text: str) -> None:
    print(visible(text), file=sys.stderr)
