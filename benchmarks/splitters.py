"""Any splitter of scikit-learn as a protocol, by its name in `sklearn.model_selection`."""

from __future__ import annotations

import difflib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.definition import Protocol, Split

if TYPE_CHECKING:
    from benchmarks.dataset import Dataset

WORDS = {
    "KFold": "{folds} folds",
    "StratifiedKFold": "{folds} stratified folds",
    "RepeatedKFold": "{folds} folds, {times} times",
    "RepeatedStratifiedKFold": "{folds} stratified folds, {times} times",
    "GroupKFold": "{folds} folds of whole groups",
    "StratifiedGroupKFold": "{folds} stratified folds of whole groups",
    "TimeSeriesSplit": "{folds} tests, each later than its training rows",
}


def splitter(name: str, **options: Any) -> Protocol:
    """Protocol by scikit-learn's splitter: `splitter("StratifiedKFold", n_splits=5, …)`.

    `n_splits` (5 where not given; times `n_repeats`) is the number of repeats, the training seed
    of a repeat its number. A splitter that shuffles gets `random_state=1` where none is
    given. Groups are those of the data (`own_table(groups=…)`). Its `splits` raises ValueError for
    a name scikit-learn does not know and for what the splitter refuses.
    """
    options = {"n_splits": 5, **options}
    folds, times = options["n_splits"], options.get("n_repeats", 1)
    if options.get("shuffle") or name.startswith(("Repeated", "Shuffle", "StratifiedShuffle")):
        options.setdefault("random_state", 1)
    said = ", ".join(f"{key}={value!r}" for key, value in options.items())
    unit = "split" if "Shuffle" in name else "fold"
    title = WORDS.get(name, f"{{folds}} {unit}s by {name}").format(folds=folds, times=times)
    return Protocol(
        id=f"{name}-{folds}" + (f"x{times}" if times > 1 else ""),
        title=title,
        source="pedregosa2011scikit",
        split=f"scikit-learn's {name}({said})",
        repeats=folds * times,
        unit=unit,  # type: ignore[arg-type]
        spread=f"standard deviation over the {folds * times} {unit}s",
        splits=partial(_splits, name=name, options=options),
    )


def _splits(dataset: Dataset, *, name: str, options: dict[str, Any]) -> list[Split]:
    from sklearn import model_selection

    ends = ("Fold", "Split", "Out")
    kinds = [n for n in model_selection.__all__ if n.endswith(ends) and n != "PredefinedSplit"]
    if name not in kinds:
        near = difflib.get_close_matches(name, kinds, n=3, cutoff=0.4) or sorted(kinds)
        raise ValueError(
            f"expected a splitter of scikit-learn, received {name!r}; perhaps {', '.join(near)}?"
        )
    rows = np.zeros((len(dataset.y), 1))
    groups = dataset.groups if "Group" in name else None
    pairs = getattr(model_selection, name)(**options).split(rows, dataset.y, groups)
    return [Split(train, test, seed) for seed, (train, test) in enumerate(pairs)]
