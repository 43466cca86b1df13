"""Writing runs that MLflow lacks: many in one transaction where it keeps them in a database file.

A server gets the same by its client, a run at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from runners.mlflow import limits
from runners.mlflow.client import LOCKED
from runners.mlflow.limits import Point
from runners.mlflow.store import database

METRICS_A_BATCH, NAMES_A_BATCH = 800, 100
"""The most metrics, and params or tags, in one `log_batch`: MLflow takes 1,000 of all together."""
STATE = "kerasfolio.state"
"""Tag with the hash of what was written."""
POINTS_A_TRANSACTION = 50_000
"""Points of metrics after which a transaction ends, so that memory and journal stay small."""


@dataclass(frozen=True)
class NewRun:
    """A whole run."""

    experiment: str
    title: str
    start: int
    """Milliseconds since 1970."""
    end: int | None
    """None leaves it RUNNING: what it lacks yet is written by its id."""
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Sequence[Point]
    data: Any = None
    """The `DatasetInput`; None without."""

    @property
    def all_tags(self) -> dict[str, str]:
        """Its tags as MLflow takes them, its name among them."""
        return {**limits.tags(self.tags), "mlflow.runName": limits.value(self.title, 250)}


def create(client: Any, runs: Sequence[NewRun]) -> list[str]:
    """Write new runs; returns their ids. Of a transaction that fails nothing stays."""
    file = database(client.tracking_uri)
    if file is None:
        return [_by_client(client, run) for run in runs]
    return [run_id for part in _parts(runs) for run_id in _in_database(client, part)]


def finish(client: Any, run_id: str, run: NewRun) -> str:
    """Write all of a run to one that is there already; returns its id.

    Its tag `STATE` is written last: with it the run counts as brought up to date.
    """
    tags = run.all_tags
    state = tags.pop(STATE, None)
    log(client, run_id, run.metrics, tags, run.params)
    if run.data is not None:
        client.log_inputs(run_id, datasets=[run.data])
    if state is not None:
        client.set_tag(run_id, STATE, state)
    if run.end is not None:
        client.set_terminated(run_id, "FINISHED", run.end)
    return run_id


def log(
    client: Any,
    run_id: str,
    metrics: Sequence[Point],
    tags: Mapping[str, str],
    params: Mapping[str, str],
) -> None:
    """Write metrics, tags and params to a run, as many at a time as MLflow takes."""
    from mlflow.entities import Metric, Param, RunTag

    points = [Metric(name, value, at, step) for name, value, at, step in metrics]
    labels = [RunTag(key, value) for key, value in tags.items()]
    values = [Param(key, value) for key, value in params.items()]
    while points or values or labels:
        now = points[:METRICS_A_BATCH], values[:NAMES_A_BATCH], labels[:NAMES_A_BATCH]
        client.log_batch(run_id, *now)
        points, values = points[METRICS_A_BATCH:], values[NAMES_A_BATCH:]
        labels = labels[NAMES_A_BATCH:]


def _by_client(client: Any, run: NewRun) -> str:
    created = client.create_run(run.experiment, start_time=run.start, tags=run.all_tags)
    return finish(client, str(created.info.run_id), replace(run, tags={}))


def _parts(runs: Sequence[NewRun]) -> Iterator[list[NewRun]]:
    """Runs in their order, as many together as fit into a transaction."""
    part: list[NewRun] = []
    points = 0
    for run in runs:
        if part and points + len(run.metrics) > POINTS_A_TRANSACTION:
            yield part
            part, points = [], 0
        part.append(run)
        points += len(run.metrics)
    if part:
        yield part


def _in_database(client: Any, runs: Sequence[NewRun]) -> list[str]:
    """The rows that the client's calls would leave, in one transaction.

    `client_of` has checked that the database's schema is the one of the installed MLflow, whose
    own tables these are.
    """
    from mlflow.store.tracking.dbmodels import models
    from mlflow.utils.uri import append_to_uri_path

    places = {run.experiment: "" for run in runs}
    for experiment in places:
        places[experiment] = client.get_experiment(experiment).artifact_location
    rows: dict[Any, list[dict[str, Any]]] = {
        table: []
        for table in (
            models.SqlRun, models.SqlTag, models.SqlParam, models.SqlMetric, models.SqlLatestMetric,
            models.SqlDataset, models.SqlInput, models.SqlInputTag,
        )
    }  # fmt: skip
    ids = [uuid.uuid4().hex for _ in runs]
    with _engine(client.tracking_uri).begin() as connection:
        table = models.SqlDataset.__table__
        known = table.select().where(table.c.experiment_id.in_(map(int, places)))
        datasets = {
            (one.experiment_id, one.name, one.digest): one.dataset_uuid
            for one in connection.execute(known)
        }
        for run_id, run in zip(ids, runs, strict=True):
            place = append_to_uri_path(places[run.experiment], run_id, "artifacts")
            _add_run(rows, models, run_id, run, place)
            _add_input(rows, models, run_id, run, datasets)
        for kind, values in rows.items():
            if values:
                connection.execute(kind.__table__.insert(), values)
    return ids


@cache
def _engine(address: str) -> Any:
    """SQLAlchemy's engine of a database, which keeps no connection open."""
    from sqlalchemy import NullPool, create_engine

    return create_engine(address, connect_args={"timeout": LOCKED}, poolclass=NullPool)


def write_texts(client: Any, run_id: str, texts: Mapping[str, str]) -> None:
    """Write artifacts of a run, by their names; in a local folder without a way round by others."""
    from mlflow.utils.file_utils import local_file_uri_to_path

    place = client.get_run(run_id).info.artifact_uri
    for name, text in texts.items():
        if place.startswith("file:"):
            path = Path(local_file_uri_to_path(place), name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        else:
            client.log_text(run_id, text, name)


def _add_run(rows: Any, models: Any, run_id: str, run: NewRun, artifacts: str) -> None:
    own = {"run_uuid": run_id}
    rows[models.SqlRun].append(
        own
        | {
            "name": limits.value(run.title, 250),
            "artifact_uri": artifacts,
            "experiment_id": int(run.experiment),
            "source_type": "UNKNOWN",
            "source_name": "",
            "entry_point_name": "",
            "user_id": run.tags.get("mlflow.user", "unknown"),
            "status": "RUNNING" if run.end is None else "FINISHED",
            "start_time": run.start,
            "end_time": run.end,
            "deleted_time": None,
            "source_version": "",
            "lifecycle_stage": "active",
        }
    )
    rows[models.SqlTag] += [own | {"key": k, "value": v} for k, v in run.all_tags.items()]
    rows[models.SqlParam] += [own | {"key": k, "value": v} for k, v in run.params.items()]
    latest: dict[str, tuple[int, int, float]] = {}
    for name, value, at, step in dict.fromkeys(run.metrics):
        rows[models.SqlMetric].append(own | _point(name, value, at, step))
        latest[name] = max(latest.get(name, (step, at, value)), (step, at, value))
    rows[models.SqlLatestMetric] += [
        own | _point(name, value, at, step) for name, (step, at, value) in latest.items()
    ]


def _point(name: str, value: float, at: int, step: int) -> dict[str, Any]:
    return {"key": name, "value": float(value), "timestamp": at, "step": step, "is_nan": False}


def _add_input(
    rows: Any, models: Any, run_id: str, run: NewRun, datasets: dict[tuple[int, str, str], str]
) -> None:
    """The link of a run to its data set, which all runs of an experiment share."""
    if run.data is None:
        return
    dataset, experiment = run.data.dataset, int(run.experiment)
    key = (experiment, dataset.name, dataset.digest)
    if key not in datasets:
        datasets[key] = uuid.uuid4().hex
        rows[models.SqlDataset].append(
            {
                "dataset_uuid": datasets[key],
                "experiment_id": experiment,
                "name": dataset.name,
                "digest": dataset.digest,
                "dataset_source_type": dataset.source_type,
                "dataset_source": dataset.source,
                "dataset_schema": dataset.schema,
                "dataset_profile": dataset.profile,
            }
        )
    link = uuid.uuid4().hex
    rows[models.SqlInput].append(
        {
            "input_uuid": link,
            "source_type": "DATASET",
            "source_id": datasets[key],
            "destination_type": "RUN",
            "destination_id": run_id,
        }
    )
    rows[models.SqlInputTag] += [
        {"input_uuid": link, "name": tag.key, "value": tag.value} for tag in run.data.tags
    ]
