"""A kept network as an MLflow model without a pickle: the `.keras` file, its schema, and code."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import registry
from runners.mlflow import model_code

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TRAVELS = ("benchmarks/data/own/encoding.py", "runners/execution/keras_settings.py")
"""What `serving.py` imports."""
TYPES = {"number": "double", "date": "string", "tags": "string", "category": "string",
    "text": "string"}  # fmt: skip


def save(
    folder: Path,
    benchmark: str,
    model: Path,
    schema: Mapping[str, Any],
    row: Sequence[int] = (),
    spread: bool = False,
) -> None:
    """Make an MLflow model of a network; layers of a definition's own take its code along.

    `row` is the shape of what it takes where that is no table, `spread` whether it predicts a
    standard deviation beside each value.
    """
    from importlib.metadata import version

    import mlflow.pyfunc

    needs = [f"{one}=={version(one)}" for one in ("keras", "tensorflow", "numpy", "pandas")]
    definition = registry.load().files.get(benchmark) if model_code.own_classes(model) else None
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if "features" not in schema:
            schema = {**schema, "shape": list(row)}
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
            signature=_signature(schema, row, spread),
            pip_requirements=needs,
        )
    _forget_paths(folder)


def _signature(schema: Mapping[str, Any], row: Sequence[int], spread: bool) -> Any:
    """What goes in and comes out: columns of a table or of texts, else arrays with a row each."""
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema, TensorSpec

    if "features" not in schema and "text" not in schema:
        takes = Schema([TensorSpec(np.dtype("float32"), (-1, *row))])
        gives = Schema([TensorSpec(np.dtype("float32"), (-1, -1))])
        return ModelSignature(inputs=takes, outputs=gives)
    columns = schema.get("features") or [{"kind": "text", "name": schema["text"]}]
    takes = Schema([ColSpec(TYPES[one["kind"]], one["name"]) for one in columns])
    classes = schema.get("classes", [])
    names = [f"P({name})" for name in classes] or ["standard deviation"] * spread
    target = ColSpec("string" if classes else "float", schema.get("target", "value"))
    gives = Schema([target, *(ColSpec("float", name) for name in names)])
    return ModelSignature(inputs=takes, outputs=gives)


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
