"""The trainings of a protocol, numbered: which rows and which seed a repeat has.

With n splits (or folds, or seeds on fixed rows) repeats 0 … n-1 train each once, with its own seed.
Where a protocol asks for several seeds a split, repeats n … 2n-1 train the same rows again with
other seeds, and so on: repeat r trains split r mod n. Deterministic entries need the first n only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.definition import Entry, Protocol, Split


def split_at(splits: Sequence[Split], repeat: int) -> Split:
    """Rows and seed of a repeat; no two repeats of a protocol have the same seed."""
    again, place = divmod(repeat, len(splits))
    split = splits[place]
    return replace(split, seed=split.seed + again * len(splits)) if again else split


def planned(protocol: Protocol, entry: Entry, splits: int) -> list[int]:
    """Numbers of the repeats that an entry trains, ascending.

    `splits` is how many there are. Networks train each with every seed of the protocol, or only the
    first `Entry.seeded` splits where that is given. Baselines train each once, since another seed
    changes little or nothing of what they fit.
    """
    seeds = protocol.seeds if entry.kind == "keras" else 1
    return numbers(splits, seeds, entry.repeats, entry.seeded)


def numbers(splits: int, seeds: int, first: int = 0, seeded: int | None = None) -> list[int]:
    """Numbers of the repeats that train some splits, ascending.

    Those are the `first` ones (0: all); `seeded` of them (None: all) are trained with every seed.
    """
    wanted = min(first or splits, splits)
    several = wanted if seeded is None else min(seeded, wanted)
    again = [place * splits + split for place in range(1, seeds) for split in range(several)]
    return [*range(wanted), *again]


def by_split(scores: Mapping[int, float], repeats: int, seeds: int = 1) -> dict[int, list[float]]:
    """Scores by repeat, grouped by split: one a training seed, splits and seeds ascending.

    `repeats` and `seeds` are the protocol's.
    """
    splits: dict[int, list[float]] = {}
    for repeat in sorted(scores):
        split = repeat % repeats if seeds > 1 else repeat
        splits.setdefault(split, []).append(scores[repeat])
    return dict(sorted(splits.items()))


def means(splits: Mapping[int, Sequence[float]]) -> dict[int, float]:
    """The mean over the seeds of every split."""
    return {split: sum(scores) / len(scores) for split, scores in splits.items()}
