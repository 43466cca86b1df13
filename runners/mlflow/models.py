"""The fitted networks in MLflow's registry: `models:/kerasfolio.mine.churn@headline`.

What is logged is a whole MLflow model without a pickle: the `.keras` file, its schema, and code.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import registry
from runners.mlflow import limits, model_code

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TRAVELS = ("benchmarks/data/own/encoding.py", "runners/execution/keras_settings.py")
"""What `serving.py` imports."""
ALIAS = "headline"
SERVED = "served"
"""Folder of artifacts that is an MLflow model; the `.keras` file alone is in `model`."""
RECIPE = "kerasfolio.recipe"
"""Tag of a version: which generation of the entry it is."""
TYPES = {"number": "double", "date": "string", "category": "string", "text": "string"}


def name_of(benchmark: str) -> str:
    """A benchmark's name in the registry, where slashes are not allowed."""
    return f"kerasfolio.{benchmark.replace('/', '.')}"


def log(client: Any, run_id: str, benchmark: str, recipe: str, model: Path) -> None:
    """Log a kept network with its run; one of tables or texts is registered as the headline.

    Without a schema beside it, or where it takes windows or images, the file alone is logged.
    A version of the same recipe is not registered twice.
    """
    schema_file = model.with_suffix(".json")
    schema = json.loads(schema_file.read_bytes()) if schema_file.is_file() else {}
    client.log_artifact(run_id, str(model), "model")
    if "features" not in schema and "text" not in schema:
        return
    with tempfile.TemporaryDirectory() as folder:
        model_folder = Path(folder) / SERVED
        try:
            _save(model_folder, benchmark, model, schema)
        except OSError:
            raise
        except Exception as error:  # the run is complete without
            why = f"not registered: {type(error).__name__}: {error}"
            client.set_tag(run_id, "kerasfolio.registry", limits.value(why, 500))
            return
        client.log_artifacts(run_id, str(model_folder), SERVED)
    from mlflow.exceptions import MlflowException

    try:
        _register(client, run_id, name_of(benchmark), recipe)
    except MlflowException as error:  # a server may have no registry; the run is complete without
        client.set_tag(run_id, "kerasfolio.registry", limits.value(f"not registered: {error}", 500))


def _save(folder: Path, benchmark: str, model: Path, schema: Mapping[str, Any]) -> None:
    """Make an MLflow model of a network; layers of a definition's own take its code along."""
    from importlib.metadata import version

    import mlflow.pyfunc
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    takes = Schema([ColSpec(TYPES[kind], name) for name, kind in columns(schema)])
    needs = [f"{one}=={version(one)}" for one in ("keras", "tensorflow", "numpy", "pandas")]
    definition = registry.load().files.get(benchmark) if model_code.own_classes(model) else None
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code_paths = [str(ROOT / path) for path in TRAVELS]
        if definition is not None:
            code_paths.append(str(model_code.copied(definition, Path(place))))
            schema = {
                **schema,
                "definition": f"benchmarks.{definition.parent.name}.{definition.stem}",
            }
        schema_file = Path(place) / "schema.json"
        schema_file.write_text(json.dumps(schema), encoding="utf-8")
        mlflow.pyfunc.save_model(
            folder,
            python_model=str(HERE / "serving.py"),
            artifacts={"network": _uri(model), "schema": _uri(schema_file)},
            code_paths=code_paths,
            signature=ModelSignature(inputs=takes),
            pip_requirements=needs,
        )
    _forget_paths(folder)


def columns(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and kind of every column that a served network takes; of texts there is one."""
    if "text" in schema:
        return [(schema["text"], "text")]
    return [(feature["name"], feature["kind"]) for feature in schema["features"]]


def _uri(place: Path) -> str:
    """The address of a file or folder: MLflow takes a ? or # in a path for signs of an address."""
    return place.resolve().as_uri()


def _forget_paths(folder: Path) -> None:
    """Leave the file names of what a model was made from in its MLmodel, without their folders."""
    from mlflow.models import Model
    from mlflow.utils.yaml_utils import read_yaml

    saved = Model.from_dict(read_yaml(str(folder), "MLmodel"))  # `Model.load` takes addresses
    flavor = saved.flavors["python_function"]
    flavor["model_code_path"] = Path(flavor["model_code_path"]).name
    for artifact in flavor["artifacts"].values():
        artifact["uri"] = artifact["path"]
    saved.save(str(folder / "MLmodel"))


def _register(client: Any, run_id: str, name: str, recipe: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        current = client.get_model_version_by_alias(name, ALIAS)
        if current.tags.get(RECIPE) == recipe and current.run_id == run_id:
            return
    except MlflowException:
        pass  # the first of its name
    try:
        client.create_registered_model(name, tags={"kerasfolio.benchmark": limits.value(name, 500)})
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    version = client.create_model_version(
        name, f"runs:/{run_id}/{SERVED}", run_id, tags={RECIPE: recipe}
    )
    client.set_registered_model_alias(name, ALIAS, version.version)
