"""The fourth step of a notebook: the headline network, built, trained and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.definition import Benchmark, Entry
from runners.notebooks import snippets
from runners.notebooks.cells import Cell, code, markdown

ROWS = 20_000
"""Training rows from which a look at plain `model.fit` would take too long."""


@dataclass(frozen=True)
class NetworkSource:
    """Where an entry keeps what its network is built by."""

    path: str
    """The keywords as code of the notebook."""
    keywords: Mapping[str, Any]


def network_source(entry: Entry) -> NetworkSource | None:
    """Where the keywords are that build an entry's network.

    None for an entry that is built in another way, which then is only trained, not shown.
    """
    fit, path = entry.fit, "headline.fit"
    while isinstance(fit, partial):
        if "build" in fit.keywords and "recipe" in fit.keywords:
            return NetworkSource(f"{path}.keywords", fit.keywords)
        inner = fit.keywords.get("fits") or [None]
        fit, path = inner[0], f'{path}.keywords["fits"][0]'
    return None


def improvement(benchmark: Benchmark) -> list[Cell]:
    """The cells of step 4."""
    headline = benchmark.headline
    cells = [
        markdown(
            f"## 4. Improve results\n\nThe headline network of this benchmark is "
            f"`{headline.name}`: {headline.about}"
            + (f" Tuned: {headline.values['tuned']}." if headline.values.get("tuned") else "")
        ),
        code(f"headline = benchmark.entry({headline.name!r})\nheadline.values"),
    ]
    source = network_source(headline)
    if source is not None:
        cells += _network(benchmark, source)
    cells += [
        markdown(
            "Now as the benchmark trains it: by its recipe, in one compiled program, with the "
            "predictor taking raw rows."
        ),
        code(
            """
            (fitted,) = headline.fit([training])
            predicted = fitted.predict(x_test)
            scores[headline.name] = score(benchmark, y_test, predicted)[metric.name]
            print(f"{headline.name}: {metric.name} {in_words(scores[headline.name], metric)}")
            """
        ),
        code(
            """
            plt.figure(figsize=(6, 3.5))
            for name, curve in fitted.history.items():
                plt.plot(range(1, len(curve) + 1), curve, label=name)
            if min(min(curve) for curve in fitted.history.values()) > 0:
                plt.yscale("log")
            plt.xlabel("epoch")
            plt.legend()
            plt.title(f"Learning curve of {headline.name}")
            plt.show()
            """
        ),
    ]
    return cells


def _network(benchmark: Benchmark, source: NetworkSource) -> list[Cell]:
    """Build the network and, where that takes seconds, train it for a moment in plain Keras."""
    if "inputs" not in source.keywords:  # forecasts of several steps ahead: windows as they come
        return [
            code(
                f"""
                how = {source.path}
                network = how["build"](training.x.shape[1:], training.y.shape[1:])
                network.summary()
                """
            )
        ]
    cells = [
        code(
            f"""
            from benchmarks.entries.inputs import prepare

            how = {source.path}
            prepared = prepare(how["inputs"], training.x, how["bins"])  # fitted on training rows
            x = prepared.apply(training.x)
            keras.utils.set_random_seed(training.seed)
            network = how["build"](x.shape[1:], max(1, training.classes))
            network.summary()
            """
        )
    ]
    if (
        benchmark.data.megabytes
        or benchmark.data.rows > ROWS
        or source.keywords.get("rule") is not None
    ):
        return cells
    return [
        *cells,
        markdown("A few epochs in plain Keras on the same prepared rows:"),
        code(snippets.plain_keras(benchmark)),
    ]
