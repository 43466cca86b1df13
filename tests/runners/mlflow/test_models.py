"""A headline is a logged model: its recipe, its scores on a data set, and its network if kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest
from conftest import Finished
from mlflow_help import client, tagged

from runners.mlflow.store import QUIET
from runners.mlflow.sync import sync
from runners.records.store import Runs

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)


def models(store: Any) -> list[Any]:
    """Every logged model."""
    ids = [one.experiment_id for one in store.search_experiments()]
    return list(store.search_logged_models(ids))


def headline(repeat: int, score: float, recipe: str, width: int) -> dict[str, Any]:
    return synthetic.record(
        synthetic.benchmark("uci/concrete"), "mlp-50", repeat, score,
        recipe=recipe, values={"hidden": [width]}, params=501, **synthetic.HEADLINE,
        finished=f"2026-11-2{1 + (recipe == 'recipe-2')}T08:00:00+00:00",
    )  # fmt: skip


def test_a_generation_is_a_model_with_metrics_of_its_data_set(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    floor = [
        synthetic.record(synthetic.benchmark("uci/concrete"), "mean", r, 16.4, floor=True)
        for r in range(2)
    ]
    synthetic.write(runs, *floor, *(headline(r, 4.5 + r / 10, "recipe-1", 50) for r in range(2)))
    sync(runs)
    store = client(runs.root)
    (model,) = models(store)
    run = tagged(store, "kerasfolio.entry")["uci/concrete/mlp-50"]
    assert (model.name, model.source_run_id) == ("uci-concrete-mlp-50", run.info.run_id)
    assert model.params == {"hidden": "[50]"}
    assert model.tags["kerasfolio.benchmark"] == "uci/concrete"
    assert model.tags["verdict"] == run.data.tags["verdict"]
    assert synthetic.benchmark("uci/concrete")["question"] in model.tags["mlflow.note.content"]
    assert model.status.value == "UNSPECIFIED", "no file is with it"
    (output,) = run.outputs.model_outputs
    assert output.model_id == model.model_id
    (given,) = run.inputs.dataset_inputs
    shown = {metric.key: metric for metric in model.metrics}
    assert shown.keys() == {"score", "skill", "n", "seconds", "parameters", "rmse"}
    assert all(metric.value == run.data.metrics[name] for name, metric in shown.items())
    linked = {m.key: (m.dataset_name, m.dataset_digest) for m in model.metrics if m.dataset_name}
    assert linked == {"rmse": (given.dataset.name, given.dataset.digest)}
    assert shown["score"].value == 4.55

    synthetic.write(runs, headline(2, 4.9, "recipe-1", 50))
    sync(runs)
    (grown,) = models(store)
    assert [metric.value for metric in grown.metrics if metric.key == "n"] == [3]
    assert grown.params == model.params

    synthetic.write(runs, headline(0, 4.2, "recipe-2", 60))
    sync(runs)
    assert {one.params["hidden"] for one in models(store)} == {"[50]", "[60]"}
    assert sync(runs, rebuild=True) == 0


def test_kept_networks_are_registered_described_and_say_what_they_give(finished: Finished) -> None:
    from mlflow.models import Model
    from mlflow.utils.yaml_utils import read_yaml

    store = client(finished.place.runs)
    by_name = {one.name: one for one in models(store)}
    assert by_name.keys() == {"uci-wine-mlp-64", "timeseries-sunspots-yearly-gru"}
    for name, benchmark, gives in (
        (
            "uci-wine-mlp-64",
            "uci/wine",
            ["class", "P(cultivar 1)", "P(cultivar 2)", "P(cultivar 3)"],
        ),
        ("timeseries-sunspots-yearly-gru", "timeseries/sunspots-yearly", None),
    ):
        registered = f"kerasfolio.{benchmark.replace('/', '.')}"
        model = by_name[name]
        assert (model.status.value, model.tags["network"]) == ("READY", "kept")
        assert registered in model.tags["mlflow.modelVersions"]
        whole = store.get_registered_model(registered)
        assert whole.tags["kerasfolio.benchmark"] == benchmark
        assert whole.description.endswith("?")
        version = store.get_model_version_by_alias(registered, "headline")
        assert (version.source, str(version.version)) == (model.artifact_location, "1")
        assert version.tags["kerasfolio.benchmark"] == benchmark
        assert name.rsplit("-", 1)[1] in version.description
        folder = version.source.removeprefix("file://")
        signature = Model.from_dict(read_yaml(folder, "MLmodel")).signature
        assert signature.inputs is not None
        outputs = signature.outputs
        assert outputs.is_tensor_spec() if gives is None else outputs.input_names() == gives
