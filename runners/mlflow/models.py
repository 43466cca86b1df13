"""Headline networks as MLflow's logged models, and those that are kept in its registry.

A generation of a headline is one logged model: its recipe are the params, and its scores are
metrics that name the run, the model and the data set. `models:/kerasfolio.mine.churn@headline` is
the newest one that is kept.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runners.mlflow import limits, new_runs, saving
from runners.mlflow.descriptions import note
from runners.mlflow.payloads import EntryContent
from runners.records.record import Record
from runners.records.store import Runs
from runners.results.access import metric_of
from runners.results.types import BenchmarkResult
from runners.safe_text import clean

ALIAS = "headline"
RECIPE = "kerasfolio.recipe"
"""Tag of a logged model and of a version: which generation of the entry it is."""
KEPT = "network"
"""Tag of a logged model: whether its file is with it."""
METRICS = ("score", "skill", "n", "seconds", "parameters")
"""Metrics of an entry that are its model's too.

The headline metric by its own name is as well, linked to the data set. These are not: MLflow shows
the metrics of every data set in columns of their own, and models of a family share these columns.
"""
TAGS = ("score", "interval", "metric", "published", "verdict", "level", "kerasfolio.benchmark",
    "mlflow.user", "mlflow.source.name", "mlflow.source.type")  # fmt: skip
"""Tags of an entry that are its model's too."""


def name_of(benchmark: str) -> str:
    """A benchmark's name in the registry, where slashes are not allowed."""
    return f"kerasfolio.{benchmark.replace('/', '.')}"


@dataclass(frozen=True)
class Headline:
    """What is logged of a headline, whose run is written."""

    experiment: str
    run_id: str
    benchmark: BenchmarkResult
    records: Sequence[Record]
    """Its newest generation."""
    content: EntryContent
    data: Any
    """The run's `DatasetInput`."""
    file: Path
    """Where its network lies, if it is kept."""
    spread: bool
    """Whether it predicts standard deviations."""

    @property
    def recipe(self) -> str:
        """Which generation it is."""
        return self.records[-1]["recipe"]


def headline(
    experiment: str,
    run_id: str,
    benchmark: BenchmarkResult,
    records: Sequence[Record],
    content: EntryContent,
    data: Any,
    runs: Runs,
) -> Headline:
    """What is logged of a headline with these newest records."""
    last = records[-1]
    file = runs.model(benchmark["name"], last["entry"]["name"], last["recipe"])
    predicted = runs.predictions(records[0]) if file.exists() else None
    spread = last["benchmark"]["task"] == "regression" and predicted is not None
    spread = spread and predicted is not None and predicted.values.ndim == 2
    return Headline(experiment, run_id, benchmark, records, content, data, file, spread)


def log(client: Any, one: Headline, at: int) -> None:
    """Write the logged model of a headline with its metrics, and register one that is kept.

    A model of the same recipe is brought up to date. `at` is the time of the metrics, in
    milliseconds. A server that knows no logged models gets the metrics alone; the run's tag
    `kerasfolio.registry` says so.
    """
    from mlflow.exceptions import MlflowException

    model_id = None
    try:
        known = _known(client, one)
        model_id = _model(client, one, known)
        if known is None:
            _metrics(client, one, at, model_id)
    except MlflowException as error:
        _not(client, one, str(error))
    if model_id is None:
        _metrics(client, one, at, None)
    if not one.file.exists():
        return
    client.log_artifact(one.run_id, str(one.file), "model")
    if model_id is None:
        return
    try:
        if _with_file(client, one, model_id):
            _register(client, one, model_id)
    except MlflowException as error:  # a server may have no registry; the run is complete without
        _not(client, one, str(error))


def _model(client: Any, one: Headline, model: Any) -> str:
    """Id of the logged model of a headline's recipe, with its tags as they are now."""
    from mlflow.entities import LoggedModelOutput

    name, last = one.benchmark["name"], one.records[-1]
    tags = {key: value for key, value in one.content.tags.items() if key in TAGS}
    tags |= {RECIPE: one.recipe, "mlflow.note.content": note(clean(one.content.description))}
    if model is not None:
        client.set_logged_model_tags(model.model_id, tags)
        return str(model.model_id)
    values = {key: str(value) for key, value in last["entry"]["values"].items()}
    model = client.create_logged_model(
        one.experiment,
        name=f"{name.replace('/', '-')}-{last['entry']['name']}".replace(".", "-"),
        source_run_id=one.run_id,
        tags={**tags, KEPT: "not kept here"},
        params={key[:250]: value for key, value in limits.params(values).items()},
        model_type="keras",
    )
    client.log_outputs(one.run_id, [LoggedModelOutput(model.model_id, 0)])
    client.finalize_logged_model(model.model_id, "UNSPECIFIED")  # no file is with it yet
    return str(model.model_id)


def _known(client: Any, one: Headline) -> Any:
    """The logged model of a headline's recipe; None where there is none yet.

    One with other scores, of fewer trials, is taken away: of two values of a metric MLflow's table
    of models shows the first one.
    """
    from mlflow.exceptions import MlflowException

    wanted = {k: v for k, v in one.content.metrics.items() if k in metrics_of(one.benchmark)}
    outputs = getattr(client.get_run(one.run_id), "outputs", None)
    for output in outputs.model_outputs if outputs else []:
        try:
            model = client.get_logged_model(output.model_id)
        except MlflowException:  # taken away, by its owner or here
            continue
        if model.tags.get(RECIPE) != one.recipe:
            continue
        if {metric.key: metric.value for metric in model.metrics or []} == wanted:
            return model
        client.delete_logged_model(model.model_id)
    return None


def metrics_of(benchmark: BenchmarkResult) -> tuple[str, ...]:
    """Metrics of a headline that `log` writes."""
    return (*METRICS, limits.name(metric_of(benchmark)["name"]))


def _metrics(client: Any, one: Headline, at: int, model_id: str | None) -> None:
    """The metrics of `metrics_of`, linked to the model where there is one."""
    from mlflow.entities import Metric

    data = one.data.dataset
    of_data = {"dataset_name": data.name, "dataset_digest": data.digest}
    client.log_batch(
        one.run_id,
        metrics=[
            Metric(key, value, at, 0, model_id, **({} if key in METRICS else of_data))
            for key, value in one.content.metrics.items()
            if key in metrics_of(one.benchmark)
        ],
    )


def _with_file(client: Any, one: Headline, model_id: str) -> bool:
    """Whether a logged model has its network's file, which is added where it lacks it."""
    if client.get_logged_model(model_id).tags.get(KEPT) == "kept":
        return True
    schema_file = one.file.with_suffix(".json")
    schema: Mapping[str, Any] = (
        json.loads(schema_file.read_bytes()) if schema_file.is_file() else {}
    )
    shape = one.records[-1]["data"]["features"]
    row = [shape] if isinstance(shape, int) else shape
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model"
        try:
            saving.save(place, one.benchmark["name"], one.file, schema, row, one.spread)
        except OSError:
            raise
        except Exception as error:  # the run is complete without
            _not(client, one, f"{type(error).__name__}: {error}")
            return False
        client.log_model_artifacts(model_id, str(place))
    client.finalize_logged_model(model_id, "READY")
    client.set_logged_model_tags(model_id, {KEPT: "kept"})
    return True


def _register(client: Any, one: Headline, model_id: str) -> None:
    """Make a logged model the newest version of its benchmark, once."""
    from mlflow.exceptions import MlflowException

    name, benchmark = name_of(one.benchmark["name"]), one.benchmark["name"]
    # Where it lies: `models:/…` MLflow would look up in a store of its own choice.
    place = client.get_logged_model(model_id).artifact_location
    try:
        if client.get_model_version_by_alias(name, ALIAS).source == place:
            return
    except MlflowException:
        pass  # the first of its name
    about = limits.value(one.benchmark["question"] or benchmark, 5000)
    own = {"kerasfolio.benchmark": limits.value(benchmark, 500)}
    try:
        client.create_registered_model(name, tags=own, description=about)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
        client.update_registered_model(name, about)
        client.set_registered_model_tag(name, *next(iter(own.items())))
    tags = one.content.tags
    scored = f"{one.records[-1]['entry']['name']}: {tags['metric']}, {tags['score']}"
    version = client.create_model_version(
        name,
        place,
        one.run_id,
        tags={RECIPE: one.recipe, **own},
        description=limits.value(f"{scored}: {tags['verdict']}", 5000),
        model_id=model_id,
    )
    client.set_registered_model_alias(name, ALIAS, version.version)
    listed = json.dumps([{"name": name, "version": version.version}])
    client.set_logged_model_tags(model_id, {"mlflow.modelVersions": listed})


def _not(client: Any, one: Headline, why: str) -> None:
    text = limits.value(f"not registered: {why}", 500)
    new_runs.log(client, one.run_id, [], {"kerasfolio.registry": text}, {})
