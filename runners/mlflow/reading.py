"""Reading back from MLflow: the scores of an experiment, and which trial a run is of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import registry
from benchmarks.definition import Benchmark
from benchmarks.metrics import Unit
from benchmarks.registry import UnknownNameError
from runners.mlflow import server
from runners.mlflow.store import QUIET, database, shown, uri
from runners.records.provenance import NOT_A_CAUSE, commit
from runners.records.record import Git
from runners.results.side import Scores, Side

NOT_VALUES = ("repeat", "split", "seed", "train_rows", "test_rows")
"""Params of a child run that are not values of its entry."""


def of_experiment(name: str, runs: Path) -> Side | None:
    """The newest scores of an MLflow experiment; None where there is no such experiment.

    MLflow is the one of `MLFLOW_TRACKING_URI`, else `mlflow.db` in `runs`; without either,
    there is no experiment. Metric and protocol are those of the definitions as they are now.
    Raises UnknownNameError when MLflow cannot be asked or holds no finished trial under the name.
    """
    from mlflow.exceptions import MlflowException

    client = _client(runs)
    if client is None:
        return None
    try:
        experiment = client.get_experiment_by_name(name)
        trials = None if experiment is None else _trials(client, experiment.experiment_id)
        if trials is None:
            return None
        side = Side(name, "mlflow")
        for (benchmark, entry), finished in trials.items():
            definition = registry.load().benchmarks.get(benchmark)
            if definition is None:
                side.notes.append(f"{benchmark} has no definition here, so its metric is not known")
                continue
            try:
                side.entries[benchmark, entry] = _entry(client, definition, finished)
            except (KeyError, ValueError) as error:
                side.notes.append(f"{benchmark} {entry}: its runs lack something: {error!r}")
    except MlflowException as error:
        raise UnknownNameError(_unreachable(runs, error)) from error
    if not side.entries:
        raise UnknownNameError(
            f"the MLflow experiment {name} holds no finished trial; {'; '.join(side.notes)}"
        )
    return side


def trial_of(run_id: str, runs: Path) -> str:
    """What an MLflow run is of: `family/benchmark/entry`, or the same with `/repeat-fingerprint`.

    Raises UnknownNameError for an id that MLflow does not know or that is not a run of ours.
    """
    from mlflow.exceptions import MlflowException

    client = _client(runs)
    if client is None:
        raise UnknownNameError(
            f"{run_id} looks like an MLflow run id, but there is no {runs / 'mlflow.db'}; set "
            "--runs or MLFLOW_TRACKING_URI"
        )
    try:
        tags = client.get_run(run_id).data.tags
    except MlflowException as error:
        raise UnknownNameError(_unreachable(runs, error)) from error
    name = tags.get("kerasfolio.trial") or tags.get("kerasfolio.entry")
    if name is None:
        raise UnknownNameError(f"the MLflow run {run_id} is not of a trial or an entry")
    return str(name)


def _client(runs: Path) -> Any:
    """A client for reading; None where it would have to create the database first."""
    where = uri(runs)
    file = database(where)
    if file is not None and not file.exists():
        return None
    os.environ.update({key: os.environ.get(key, value) for key, value in QUIET.items()})
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=where)


def _unreachable(runs: Path, error: Exception) -> str:
    cause = server.reason(error, uri(runs)) or str(error).strip().splitlines()[0]
    return f"MLflow at {shown(runs)}: {cause}"


def _trials(client: Any, experiment: str) -> dict[tuple[str, str], list[Any]]:
    """Finished runs that hold scores by repeat, by benchmark and entry, in the order they ended.

    Of a network these are its child runs, of a reference its own run alone; child runs of
    references are from before their repeats became steps.
    """
    trials: dict[tuple[str, str], list[Any]] = {}
    references: dict[tuple[str, str], list[Any]] = {}
    token: str | None = None
    while True:
        page = client.search_runs(
            [experiment],
            "attributes.status = 'FINISHED'",
            max_results=1000,
            order_by=["attributes.end_time ASC"],
            page_token=token,
        )
        for run in page:
            tags = run.data.tags
            parts = (tags.get("kerasfolio.trial") or tags.get("kerasfolio.entry") or "").split("/")
            key = ("/".join(parts[:2]), "".join(parts[2:3]))
            if len(parts) == 4:
                trials.setdefault(key, []).append(run)
            elif "kerasfolio.repeats" in tags:
                references[key] = [run]
        token = page.token
        if not token:
            return trials | references


def _entry(client: Any, definition: Benchmark, finished: list[Any]) -> Scores:
    """Scores of the newest generation of an entry, from its finished runs."""
    last, metric = finished[-1], definition.metric.name
    tags, params = last.data.tags, last.data.params
    if "kerasfolio.repeats" in tags:
        values = {k.removeprefix("value."): v for k, v in tags.items() if k.startswith("value.")}
        rows = tags["kerasfolio.test_rows"], tags["kerasfolio.train_rows"]
        points = client.get_metric_history(last.info.run_id, f"{metric}/repeat")
        newest = {p.step: p.value for p in sorted(points, key=lambda point: point.timestamp)}
        by_repeat = {k: newest[k] for k in map(int, tags["kerasfolio.repeats"].split(","))}
    else:
        values = {key: value for key, value in params.items() if key not in NOT_VALUES}
        rows = params["test_rows"], params["train_rows"]
        recipe = tags["kerasfolio.recipe"]
        alike = [run.data for run in finished if run.data.tags["kerasfolio.recipe"] == recipe]
        by_repeat = {int(data.params["repeat"]): data.metrics[metric] for data in alike}
    share = int(rows[0]) / int(rows[1])
    return Scores(
        metric=Unit(metric, definition.metric.unit, definition.metric.direction),
        margin=definition.margin,
        overlap=0.0 if definition.protocol.unit == "seed" else share,
        by_repeat=by_repeat,
        made_with=_made_with(tags, values),
        splits=(definition.protocol.repeats, definition.protocol.seeds),
    )


def _made_with(tags: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """What the tags and values of a run hold, by the names `provenance.made_with` uses."""
    texts = {"data": tags["kerasfolio.data"]}
    texts |= {f"value {key}": value for key, value in values.items()}
    for prefix in ("version.", "hardware."):
        texts |= {k.removeprefix(prefix): v for k, v in tags.items() if k.startswith(prefix)}
    git: Git = {
        "commit": tags.get("mlflow.source.git.commit", ""),
        "dirty": tags.get("kerasfolio.git.dirty") == "true",
    }
    texts |= {"commit": commit(git) or ""}
    return {key: value for key, value in texts.items() if value and key not in NOT_A_CAUSE}
