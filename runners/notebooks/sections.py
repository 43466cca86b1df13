"""The five steps of a benchmark as cells of a notebook, in the order they are run."""

from __future__ import annotations

from functools import partial
from textwrap import dedent
from typing import Any, Literal

from benchmarks.definition import Benchmark, Entry, breadth
from benchmarks.published.baselines import citation, load
from runners.notebooks import kinds
from runners.notebooks.kinds import kind_of

Cell = tuple[Literal["code", "markdown"], str]
SLOW = 20.0
"""Seconds a repeat from which a reference is left out of the notebook."""
ROWS = 20_000
"""Training rows from which a look at plain `model.fit` would take too long."""


def sections(benchmark: Benchmark) -> list[Cell]:
    """All cells of a benchmark's notebook."""
    return [
        *_problem(benchmark),
        *_data(benchmark),
        *_algorithms(benchmark),
        *_improvement(benchmark),
        *_results(benchmark),
    ]


def say(text: str) -> Cell:
    """A cell of prose (Markdown)."""
    return "markdown", dedent(text).strip()


def do(text: str) -> Cell:
    """A cell of Python."""
    return "code", dedent(text).strip()


def _problem(benchmark: Benchmark) -> list[Cell]:
    metric, protocol = benchmark.metric, benchmark.protocol
    better = "smaller" if metric.direction == "min" else "larger"
    return [
        say(
            f"# {benchmark.name}\n\n**{benchmark.question}**\n\n"
            "Five steps, one below the other: define the problem, prepare the data, evaluate "
            "algorithms, improve results, present results. Run all cells from top to bottom, then "
            "change one thing and run them again."
        ),
        say(
            f"## 1. Define the problem\n\n"
            f"A {benchmark.task}, judged by {metric.name} ({metric.unit}; {better} is better).\n\n"
            f"- **Protocol {protocol.id}**: {protocol.split}.\n"
            f"- **Repeats**: {protocol.repeats} ({protocol.unit}s). This notebook runs the first "
            "of them, so its scores have no spread; `make bench` runs all.\n"
            f"- **Same score**: differences up to {benchmark.margin:g} count for nothing "
            f"({benchmark.margin_why}).\n"
            f"- **Source of the protocol**: {citation(protocol.source)}"
        ),
        do(
            """
            import os
            import sys
            from pathlib import Path

            os.environ |= {
                "KERAS_BACKEND": "tensorflow",  # what this project's trainer is written for
                "CUDA_VISIBLE_DEVICES": "-1",  # on the processor, as `make bench` trains
                "TF_CPP_MIN_LOG_LEVEL": "3",
            }
            here = Path.cwd()
            project = next(
                (at for at in (here, *here.parents) if (at / "benchmarks/registry.py").is_file()),
                None,
            )
            if project is None:
                raise RuntimeError(
                    f"expected to run in the project's folder or one inside it, not in {here}; "
                    "start JupyterLab there"
                )
            sys.path.insert(0, str(project))

            from runners.execution import preload  # loads TensorFlow silently

            preload.restore_stderr()

            import keras
            import matplotlib.pyplot as plt
            import numpy as np
            import pandas as pd
            """
        ),
        do(
            f"""
            from benchmarks import registry
            from benchmarks.metrics import in_words

            benchmark = registry.load().benchmarks[{benchmark.name!r}]
            print(benchmark.question)
            print([entry.name for entry in benchmark.entries])
            """
        ),
    ]


def _data(benchmark: Benchmark) -> list[Cell]:
    source = benchmark.data
    return [
        say(
            f"## 2. Prepare the data\n\n{source.title}. Licence: {source.licence}. "
            f"{citation(source.citation)}\n\nThe data comes from this machine's data folder, or "
            "is fetched once from its publisher and checked; where neither is possible, the next "
            "cell stops and says what to do."
        ),
        do(
            """
            from benchmarks.data import DataError, Store, at_hand, default_folder, load

            store = Store(default_folder(), report=print)
            if not at_hand(benchmark.data, store):
                print("The data is not at hand yet: fetching", benchmark.data.title)
            try:
                loaded = load(benchmark.data, store)
            except DataError as problem:
                raise RuntimeError(f"the data is not at hand: {problem}") from None
            dataset = loaded.dataset
            print(loaded.copy)
            print("x", dataset.x.shape, "y", dataset.y.shape, *dataset.class_names[:20])
            """
        ),
        *(do(text) for text in kinds.look(benchmark)),
        say(
            "The protocol says which rows train and which test. Everything below is fitted on "
            "training rows alone; the test rows are looked at only to score."
        ),
        do(
            """
            from benchmarks.windows import taken
            from runners.execution.worker import score, training_rows

            split = benchmark.protocol.splits(dataset)[0]
            training = training_rows(benchmark, dataset, split)
            x_test, y_test = taken(dataset.x, split.test), taken(dataset.y, split.test)
            print(len(training.y), "training rows,", len(y_test), "test rows, seed", split.seed)
            """
        ),
    ]


def _algorithms(benchmark: Benchmark) -> list[Cell]:
    names = [entry.name for entry in benchmark.entries if _quick_reference(benchmark, entry)]
    floors = [entry.name for entry in benchmark.entries if entry.floor]
    cells = [
        say(
            "## 3. Evaluate algorithms\n\nCheap references first: a network that does not beat "
            f"them has learned nothing. The floor is {' and '.join(floors)}."
        ),
        do(
            f"""
            scores = {{}}
            metric = benchmark.metric
            for name in {names!r}:
                (fitted,) = benchmark.entry(name).fit([training])
                scores[name] = score(benchmark, y_test, fitted.predict(x_test))[metric.name]
            pd.Series(scores, name=f"{{metric.name}} ({{metric.unit}})").to_frame()
            """
        ),
    ]
    if by_hand := kinds.by_hand(benchmark):
        cells += [
            say("The same kind of thing in scikit-learn alone, to see that there is no magic:"),
            do(by_hand),
        ]
    return cells


def _quick_reference(benchmark: Benchmark, entry: Entry) -> bool:
    within = breadth(entry.suite) <= breadth(benchmark.suite)
    return (
        entry.kind == "reference"
        and within
        and entry.seconds <= SLOW * (entry.repeats or benchmark.protocol.repeats)
    )


def network_of(entry: Entry) -> tuple[str, dict[str, Any]] | None:
    """Where an entry keeps what its network is built by, as code and as values.

    None for an entry that says it in another way, which then is only trained, not shown.
    """
    fit, path = entry.fit, "headline.fit"
    while isinstance(fit, partial):
        if "build" in fit.keywords and "recipe" in fit.keywords:
            return f"{path}.keywords", fit.keywords
        inner = fit.keywords.get("fits") or [None]
        fit, path = inner[0], f'{path}.keywords["fits"][0]'
    return None


def _improvement(benchmark: Benchmark) -> list[Cell]:
    headline = benchmark.headline
    cells = [
        say(
            f"## 4. Improve results\n\nThe network that speaks for this benchmark is "
            f"`{headline.name}`: {headline.about}"
            + (f" Tuned: {headline.values['tuned']}." if headline.values.get("tuned") else "")
        ),
        do(f"headline = benchmark.entry({headline.name!r})\nheadline.values"),
    ]
    found = network_of(headline)
    if found is not None:
        path, how = found
        cells += _network(benchmark, path, how)
    cells += [
        say(
            "Now as the benchmark trains it: by its recipe, in one compiled program, with the "
            "predictor taking raw rows."
        ),
        do(
            """
            (fitted,) = headline.fit([training])
            predicted = fitted.predict(x_test)
            scores[headline.name] = score(benchmark, y_test, predicted)[metric.name]
            print(f"{headline.name}: {metric.name} {in_words(scores[headline.name], metric)}")
            """
        ),
        do(
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


def _network(benchmark: Benchmark, path: str, how: dict[str, Any]) -> list[Cell]:
    """Build the network and, where that takes seconds, train it for a moment in plain Keras."""
    if "inputs" not in how:  # forecasts of several steps ahead: windows as they come
        return [
            do(
                f"""
                how = {path}
                network = how["build"](training.x.shape[1:], training.y.shape[1:])
                network.summary()
                """
            )
        ]
    cells = [
        do(
            f"""
            from benchmarks.entries.inputs import prepare

            how = {path}
            prepared = prepare(how["inputs"], training.x, how["bins"])  # fitted on training rows
            x = prepared.apply(training.x)
            keras.utils.set_random_seed(training.seed)
            network = how["build"](x.shape[1:], max(1, training.classes))
            network.summary()
            """
        )
    ]
    if benchmark.data.megabytes or benchmark.data.rows > ROWS or how.get("rule") is not None:
        return cells
    return [
        *cells,
        say("A few epochs in plain Keras, as every tutorial does it, on the same prepared rows:"),
        do(kinds.plain_keras(benchmark)),
    ]


def _results(benchmark: Benchmark) -> list[Cell]:
    cells = [
        say("## 5. Present results\n\nWhere the network is right, and where it is not:"),
        do(kinds.errors(benchmark)),
        say("All scores of this notebook, best first (one repeat, so no ±):"),
        do(
            """
            best_first = sorted(scores, key=scores.get, reverse=metric.direction == "max")
            pd.DataFrame({metric.name: {name: scores[name] for name in best_first}})
            """
        ),
    ]
    if load(benchmark.name):
        cells += [
            say(
                "What others have published. A score is comparable where *differs* is empty; "
                "*spread* is what its kind says. Whether ours is better, reproduced or worse is "
                "a matter of all repeats and a test: `make bench` says it."
            ),
            do(
                """
                from benchmarks.published import baselines

                published = pd.DataFrame(
                    {
                        "model": row.model,
                        "metric": row.metric,
                        "score": row.score,
                        "spread": row.spread,
                        "spread is": row.spread_kind,
                        "n": row.n,
                        "level": row.level,
                        "differs": "; ".join(f"{k}: {v}" for k, v in row.differs.items()),
                        "citation": baselines.citation(row.citation),
                        "url": row.url,
                    }
                    for row in baselines.load(benchmark.name)
                )
                published
                """
            ),
        ]
    else:
        cells.append(say("No published score is known for this benchmark: the floor decides."))
    lessons = f"\n\n{benchmark.lessons}" if benchmark.lessons else ""
    family, name = benchmark.name.split("/", 1)
    cells.append(
        say(
            f"## Where to go next{lessons}\n\n"
            f"- `make bench ONLY={benchmark.name}` runs every repeat and entry and writes the "
            "page.\n"
            f"- The whole definition is one file: `benchmarks/{family}/"
            f"{name.replace('-', '_')}.py`. Add an entry there and run it again.\n"
            f"- `make improve ONLY={benchmark.name} TRIALS=50` searches settings on training rows "
            "alone, where the definition declares a search space.\n"
            "- `make new NAME=mine/… FROM=…` puts a table, a folder of pictures or a series of "
            "your own through the same steps."
        )
    )
    return cells


__all__ = ["kind_of", "network_of", "sections"]
