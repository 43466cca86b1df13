"""The five steps of a benchmark as cells of a notebook, in the order they are run."""

from __future__ import annotations

from benchmarks.definition import Benchmark, Entry, breadth
from benchmarks.published.baselines import citation, load
from runners.notebooks import snippets
from runners.notebooks.cells import Cell, code, markdown
from runners.notebooks.network import improvement

SLOW = 20.0
"""Seconds a repeat from which a reference is left out of the notebook."""


def sections(benchmark: Benchmark) -> list[Cell]:
    """All cells of a benchmark's notebook."""
    return [
        *_problem(benchmark),
        *_data(benchmark),
        *_algorithms(benchmark),
        *improvement(benchmark),
        *_results(benchmark),
    ]


def _problem(benchmark: Benchmark) -> list[Cell]:
    metric, protocol = benchmark.metric, benchmark.protocol
    better = "smaller" if metric.direction == "min" else "larger"
    return [
        markdown(
            f"# {benchmark.name}\n\n**{benchmark.question}**\n\n"
            "Five steps, one below the other: define the problem, prepare the data, evaluate "
            "algorithms, improve results, present results. Run all cells from top to bottom, then "
            "change one thing and run them again."
        ),
        markdown(
            f"## 1. Define the problem\n\n"
            f"A {benchmark.task}, judged by {metric.name} ({metric.unit}; {better} is better).\n\n"
            f"- **Protocol {protocol.id}**: {protocol.split}.\n"
            f"- **Repeats**: {protocol.repeats} ({protocol.unit}s). This notebook runs the first "
            "of them, so its scores have no spread; `make bench` runs all.\n"
            f"- **Equivalence margin**: differences up to {benchmark.margin:g} count for nothing "
            f"({benchmark.margin_why}).\n"
            f"- **Source of the protocol**: {citation(protocol.source)}"
        ),
        code(
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
        code(
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
        markdown(
            f"## 2. Prepare the data\n\n{source.title}. Licence: {source.licence}. "
            f"{citation(source.citation)}\n\nThe data comes from this machine's data folder, or "
            "is fetched once from its publisher and checked; where neither is possible, the next "
            "cell stops and says what to do."
        ),
        code(
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
        *(code(text) for text in snippets.first_look(benchmark)),
        markdown(
            "The protocol says which rows train and which test. Everything below is fitted on "
            "training rows alone; the test rows are looked at only to score."
        ),
        code(
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
        markdown(
            "## 3. Evaluate algorithms\n\nBaselines first: a network that does not beat "
            f"them has learned nothing. The trivial baseline is {' and '.join(floors)}."
        ),
        code(
            f"""
            scores = {{}}
            metric = benchmark.metric
            for name in {names!r}:
                entry = benchmark.entry(name)
                (fitted,) = entry.fit([training])
                scores[name] = score(benchmark, y_test, fitted.predict(x_test), entry)[metric.name]
            pd.Series(scores, name=f"{{metric.name}} ({{metric.unit}})").to_frame()
            """
        ),
    ]
    if linear_model := snippets.linear_model(benchmark):
        cells += [
            markdown("A linear model in scikit-learn alone:"),
            code(linear_model),
        ]
    return cells


def _quick_reference(benchmark: Benchmark, entry: Entry) -> bool:
    within = breadth(entry.suite) <= breadth(benchmark.suite)
    return (
        entry.kind == "reference"
        and within
        and entry.seconds <= SLOW * (entry.repeats or benchmark.protocol.repeats)
    )


def _results(benchmark: Benchmark) -> list[Cell]:
    cells = [
        markdown("## 5. Present results\n\nPredictions against the truth:"),
        code(snippets.errors(benchmark)),
        markdown("All scores of this notebook, best first (one repeat, so no ±):"),
        code(
            """
            best_first = sorted(scores, key=scores.get, reverse=metric.direction == "max")
            pd.DataFrame({metric.name: {name: scores[name] for name in best_first}})
            """
        ),
    ]
    if load(benchmark.name):
        cells += [
            markdown(
                "What others have published. A score is comparable where *differs* is empty; "
                "*spread* is what its kind says. Whether ours is better, reproduced or worse is "
                "a matter of all repeats and a test: `make bench` says it."
            ),
            code(
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
        cells.append(
            markdown("No published score is known for this benchmark: compare with its baselines.")
        )
    lessons = f"\n\n{benchmark.lessons}" if benchmark.lessons else ""
    family, name = benchmark.name.split("/", 1)
    cells.append(
        markdown(
            f"## Where to go next{lessons}\n\n"
            f"- `make bench ONLY={benchmark.name}` runs every repeat and entry and writes the "
            "page.\n"
            f"- The whole definition is one file: `benchmarks/{family}/"
            f"{name.replace('-', '_')}.py`. Add an entry there and run it again.\n"
            f"- `make improve ONLY={benchmark.name} TRIALS=50` searches settings on training rows "
            "alone, where the definition declares a search space.\n"
            "- `make new NAME=mine/… FROM=…` puts a table, a folder of images or a series "
            "of own data through the same steps."
        )
    )
    return cells
