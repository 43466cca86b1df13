"""A kept network of texts in MLflow: it takes strings, hostile and missing ones too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data_folder import keras_here, slow

from benchmarks.definition import Training
from benchmarks.entries.text.encoding import Tokens
from benchmarks.entries.text.networks import text_network
from benchmarks.texts import text_array
from benchmarks.training.recipe import Recipe
from runners.mlflow import saving

__all__ = ["keras_here"]


@slow
@pytest.mark.usefixtures("keras_here")
def test_a_served_network_takes_strings(tmp_path: Path) -> None:
    import mlflow.pyfunc

    recipe = Recipe(epochs=20, batch_size=8, learning_rate=0.05, jit_compile=False)
    tokens = (Tokens(vocabulary=50, length=6),)
    entry = text_network("net", "mean_embedding", tokens, recipe, "A network.")
    texts = text_array(["a lovely day", "awful noise"] * 10)
    (fitted,) = entry.fit([Training(texts, np.array([0, 1] * 10), "classification", 2, 0)])
    assert fitted.archive is not None
    model = tmp_path / "model.keras"
    model.write_bytes(fitted.archive())
    schema = {
        "benchmark": "text/sms-spam",
        "task": "classification",
        "target": "class",
        "classes": ["ham", "spam"],
        "text": "text",
    }
    saving.save(tmp_path / "served", "text/sms-spam", model, schema)
    served = mlflow.pyfunc.load_model(str(tmp_path / "served"))
    assert "text" in served.metadata.get_input_schema().input_names()
    rows = pd.DataFrame({"text": ["a lovely day", "awful", "=cmd() <b>\u202e\x1b[31m"]})
    found = served.predict(rows)
    assert found["class"].tolist()[:2] == ["ham", "spam"]
    shares = found[["P(ham)", "P(spam)"]].to_numpy()
    np.testing.assert_allclose(shares, fitted.predict(text_array(rows["text"])), atol=1e-6)
