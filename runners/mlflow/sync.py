"""MLflow: a view of the records, rebuilt from them at any time by one single writer.

One experiment a family, one parent run a benchmark and entry (tag `kerasfolio.entry`). Below that
of a network there is one child run a trial (tag `kerasfolio.trial`); the trials of a reference are
steps of metrics of its own run. Tags are the identity: syncing twice changes nothing.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import registry
from runners import safe_text
from runners.execution import locking
from runners.mlflow import collections, folder, memory, studies, unchanged
from runners.mlflow.client import client_of, remedy_for, settle, trouble
from runners.mlflow.descriptions import experiment_tags
from runners.mlflow.known_runs import complete, counted, known_runs
from runners.mlflow.new_runs import NewRun, create, finish
from runners.mlflow.runs import Figures, trial_run, write_entry
from runners.mlflow.store import USER, KnownRun, StoreError, database, tidy, uri
from runners.records.generations import Generations
from runners.records.store import Runs
from runners.redaction import address
from runners.results.summary import collect, summarise
from runners.results.types import Results

RUNS_A_BATCH = 200
"""New runs of trials that are written together."""
_preparing: threading.Thread | None = None


def prepare_in_background(runs: Path) -> None:
    """Load MLflow and create its database while the workers load TensorFlow."""
    global _preparing

    def quietly() -> None:
        # `sync` reports errors, and waits where another run is writing.
        with contextlib.suppress(Exception), locking.with_mlflow(lambda line: None, wait=False):
            client_of(runs)
            importlib.import_module("mlflow.pyfunc")  # what saves a kept network

    if _preparing is None:
        _preparing = threading.Thread(target=quietly, daemon=True)
        _preparing.start()


def sync(
    runs: Runs,
    *,
    figures: Figures | None = None,
    collected: Generations | None = None,
    rebuild: bool = False,
    user: str = "",
) -> int:
    """Bring MLflow up to date with the records; returns how many runs were written.

    Returns at once, without loading MLflow, when nothing has changed since the last sync to the
    same place. `collected`, what `collect` has just returned for these records and the registry's
    definitions, saves reading them again; `figures` makes the artifact `figures.html` of a
    headline, which has none without; `rebuild` ignores the memory of the last sync; `user` is the
    public name that runs carry. Raises
    StoreError where MLflow cannot be written to, OSError where the runs folder cannot.
    """
    user = safe_text.clean(user) or USER
    if unchanged.unchanged(runs.root, user, rebuild):
        return 0
    inputs, known = unchanged.digest(runs.root, user), registry.load()
    generations = collect(runs, known.benchmarks) if collected is None else collected
    summary = summarise(runs, generations, known.benchmarks, known.collections)
    state = memory.state(runs, summary, user)
    last = memory.read(runs)
    here, file, own = uri(runs.root), database(uri(runs.root)), folder.tags(runs.root)
    if rebuild and file is not None and (problem := trouble(runs.root)):
        raise StoreError(problem)  # such as the schema of another MLflow
    where = address(here)
    up_to_date = (last["state"], last["tracking_uri"]) == (state, where)
    up_to_date = up_to_date and (file is None or file.exists())
    if up_to_date and (not rebuild or complete(runs, summary, here, last, own)):
        memory.write(runs, {**last, "inputs": inputs, "names": counted(here, last, own)})
        return 0
    # Until the end this reads as not up to date, so that a sync killed half-way is repeated.
    same = last["tracking_uri"] == where
    syncing: memory.Memory = {
        "tracking_uri": where,
        "state": "syncing",
        "entries": last["entries"] if same else {},
        "experiments": last["experiments"] if same else {},
        "inputs": "",
        "names": 0,
    }
    memory.write(runs, syncing)
    if _preparing is not None:
        _preparing.join()
    try:
        written, entries, experiments = _write(
            runs, summary, generations, figures, {**own, "mlflow.user": user}
        )
    except Exception as error:  # MLflow and its database raise many kinds
        raise StoreError(remedy_for(error, runs.root)) from error
    settle(here)
    tidy(here)  # MLflow's registry opens a store of its own
    done: memory.Memory = {
        "tracking_uri": where,
        "state": state,
        "entries": entries,
        "experiments": experiments,
        "inputs": inputs,
        "names": 0,
    }
    memory.write(runs, {**done, "names": counted(here, done, own)})
    return written


def _write(
    runs: Runs,
    summary: Results,
    generations: Generations,
    figures: Figures | None,
    own: Mapping[str, str],
) -> tuple[int, dict[str, str], dict[str, str]]:
    """Write all that MLflow lacks; runs carry the tags `own` of their folder.

    Returns how many runs that were, the run id of every entry and the experiment of every family.
    """
    client = client_of(runs.root)
    experiments = {
        family: _experiment(client, runs.root, family)
        for family in sorted(
            {b["family"] for b in summary["benchmarks"] if b["entries"]}
            | {study["family"] for study in studies.studies(runs.root)}
            | {one["family"] for one in summary["collections"] if one["metrics"]}
        )
    }
    existing, count = known_runs(client, experiments.values(), own)
    parents: dict[str, str] = {}
    places: dict[str, str] = {}
    """Experiment of every network."""
    for benchmark in summary["benchmarks"]:
        experiment = experiments.get(benchmark["family"], "")
        for entry in benchmark["entries"]:
            name = f"{benchmark['name']}/{entry['name']}"
            entries = generations[benchmark["name"]]
            parents[name], changed = write_entry(
                client,
                experiment,
                benchmark,
                entry,
                entries,
                runs,
                figures,
                existing.get(name),
                {**own, **_source(benchmark["name"])},
            )
            count += changed
            if entry["kind"] != "reference":
                places[name] = experiment
    count += _trials(client, runs, places, parents, existing, own)
    for study in studies.studies(runs.root):
        tags = {**own, **_source(study["benchmark"])}
        count += studies.mirror(client, experiments[study["family"]], study, existing, tags)
    for joined in summary["collections"]:
        if joined["metrics"]:
            place, tags = experiments[joined["family"]], {**own, **_source(joined["name"])}
            count += collections.mirror(client, place, joined, existing, tags)
    for family, experiment in experiments.items():
        shown = [b for b in summary["benchmarks"] if b["family"] == family and b["entries"]]
        across = [one for one in summary["collections"] if one["family"] == family]
        _describe(client, experiment, experiment_tags(shown, across))
    return count, parents, experiments


def _trials(
    client: Any,
    runs: Runs,
    places: Mapping[str, str],
    parents: Mapping[str, str],
    existing: Mapping[str, KnownRun],
    own: Mapping[str, str],
) -> int:
    """Write the trials of networks that MLflow lacks, many at a time; returns how many."""
    new: list[NewRun] = []
    count = 0
    for path in runs.paths():  # older generations too: they stay in MLflow as history
        name = "/".join(path.parts[-4:-1])
        trial = f"{name}/{path.stem}"
        known = existing.get(trial)
        if name not in places or (known and known["whole"]):
            continue
        record = runs.load(path)
        if record is None:
            continue
        tags = {**own, **_source(record["benchmark"]["name"])}
        run = trial_run(places[name], parents[name], record, trial, tags)
        count += 1
        if known:  # left behind by a killed process
            finish(client, known["id"], run)
            continue
        new.append(run)
        if len(new) == RUNS_A_BATCH:
            create(client, new)
            new = []
    create(client, new)
    return count


def _source(name: str) -> dict[str, str]:
    """Tags that say which file defines a benchmark or collection, from the project's folder on."""
    known = registry.load()
    benchmark = known.benchmarks.get(name)
    file = known.files.get(name) or known.files.get(benchmark.collection if benchmark else "")
    if file is None:
        return {}
    place = f"benchmarks/{file.parent.name}/{file.name}"
    return {"mlflow.source.name": place, "mlflow.source.type": "LOCAL"}


def _describe(client: Any, experiment: str, tags: Mapping[str, str]) -> None:
    """Set those tags of an experiment that are not as they should be."""
    there = client.get_experiment(experiment).tags
    for key, value in tags.items():
        if there.get(key) != value:
            client.set_experiment_tag(experiment, key, value)


def _experiment(client: Any, runs: Path, family: str) -> str:
    name = f"kerasfolio/{family}"
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        local = uri(runs).startswith("sqlite:")
        place = (runs / "artifacts" / family).resolve().as_uri() if local else None
        tags = {"mlflow.experimentKind": "custom_model_development"}
        try:
            return str(client.create_experiment(name, artifact_location=place, tags=tags))
        except Exception:  # another machine may have been first
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                raise
    if experiment.lifecycle_stage == "deleted":
        client.restore_experiment(experiment.experiment_id)
    return str(experiment.experiment_id)
