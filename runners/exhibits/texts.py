"""What texts look like: their most telling tokens, lengths, copies, and where entries err.

A token is telling of a class by the log-odds of the texts that hold it, over its standard error:
Monroe, Colaresi and Quinn, *Fightin' Words*, Political Analysis 16 (2008), equations 15, 16, 19
and 22, with a prior in proportion to how often it occurs in all classes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.data import Dataset
from benchmarks.data.own.encoding import numbers_and_texts
from benchmarks.definition import Benchmark
from benchmarks.repeats import split_at
from runners.exhibits.content import (
    Copies,
    CopiesOfEntry,
    LengthBin,
    Telling,
    TextExhibit,
    WorstRow,
)
from runners.exhibits.predictions import EntryPredictions
from runners.exhibits.rows import histogram, to_digits
from runners.records.record import Record
from runners.records.store import Runs

WORD = r"(?u)\b\w+\b"
TELLING = 12
"""Tokens shown of a class."""
CLASSES = 8
"""Classes whose tokens are shown, the first ones."""
MOST = 5000
"""Texts that tokens are counted in, evenly spaced through the data."""
LONGEST = 300
"""Characters shown of a text."""
PRIOR = 50.0
"""Texts the prior counts as much as."""
CERTAIN = 3.0
"""Standard errors from which a word of a text is marked."""
BINS = 5


def text_exhibit(dataset: Dataset, rows: Sequence[int]) -> TextExhibit:
    """Some texts, how long all are, and the most telling words and runs of characters."""
    texts = dataset.x
    lengths = np.array([words_in(text) for text in texts])
    characters = np.array([len(text) for text in texts])
    return {
        "texts": [shortened(texts[row]) for row in rows],
        "empty": int((lengths == 0).sum()),
        "lengths": {
            "words": [to_digits(q) for q in np.quantile(lengths, (0, 0.25, 0.5, 0.75, 1))],
            "characters": [to_digits(q) for q in np.quantile(characters, (0, 0.25, 0.5, 0.75, 1))],
            **histogram(np.minimum(lengths, np.quantile(lengths, 0.99)), 24),
        },
        "telling": telling(dataset) if dataset.class_names else [],
        "copies": len(texts) - len({normalised(text) for text in texts}),
    }


def parts(dataset: Dataset) -> tuple[Dataset, Dataset]:
    """A table with columns of text as one of its other columns, and the texts of the first."""
    numbers, texts = numbers_and_texts(dataset.x)
    names = dataset.feature_names[: numbers.shape[1]]
    return replace(dataset, x=numbers, feature_names=names), replace(dataset, x=texts[:, 0])


def words_in(text: str) -> int:
    """How many words a text has."""
    return len(re.findall(WORD, text))


def shortened(text: str) -> str:
    """The beginning of a text, with an ellipsis where something is left out."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def normalised(text: str) -> str:
    """A text as its near copies have it too: lower case, every digit 0, signs as blanks."""
    return " ".join(re.findall(WORD, re.sub(r"\d", "0", text.lower())))


def telling(dataset: Dataset) -> list[Telling]:
    """The tokens that speak most for each class, against all others."""
    sides: tuple[dict[str, Any], ...] = (
        {"token_pattern": WORD},
        {"analyzer": "char_wb", "ngram_range": (3, 5)},
    )
    tables = [class_weights(dataset, **side) for side in sides]
    result: list[Telling] = []
    for place, name in enumerate(dataset.class_names[:CLASSES]):
        best = []
        for tokens, weights in tables:
            order = np.argsort(-weights[place], kind="stable")[:TELLING]
            best.append([(str(tokens[i]), to_digits(weights[place, i], 3)) for i in order])
        result.append({"name": name, "words": best[0], "characters": best[1]})
    return result


def class_weights(dataset: Dataset, **tokens: Any) -> tuple[np.ndarray, np.ndarray]:
    """Tokens (m,), and how telling each is of each class (classes, m), in standard errors.

    `tokens` are options of scikit-learn's `CountVectorizer`. Empty where no token occurs twice.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    rows = np.unique(np.linspace(0, len(dataset.y) - 1, min(len(dataset.y), MOST)).astype(int))
    y, classes = dataset.y[rows], len(dataset.class_names)
    counter = CountVectorizer(binary=True, min_df=2, **tokens)
    try:
        counts = counter.fit_transform(dataset.x[rows].tolist())
    except ValueError:  # no token at all, or none twice
        return np.empty(0, str), np.empty((classes, 0))
    held = np.stack([np.asarray(counts[y == k].sum(axis=0)).ravel() for k in range(classes)])
    of = np.bincount(y, minlength=classes).astype(float)[:, None]
    prior = PRIOR * held.sum(axis=0) / len(rows)
    others, of_others = held.sum(axis=0) - held, len(rows) - of
    own_odds = np.log((held + prior) / (of + PRIOR - held - prior + 0.5))
    other_odds = np.log((others + prior) / (of_others + PRIOR - others - prior + 0.5))
    error = np.sqrt(1.0 / (held + prior) + 1.0 / (others + prior))
    return counter.get_feature_names_out(), (own_odds - other_odds) / error


def marker(dataset: Dataset) -> Callable[[WorstRow], None]:
    """What adds its text to a missed row, words that speak for either class marked."""
    tokens, weights = class_weights(dataset, token_pattern=WORD)
    place = {str(token): i for i, token in enumerate(tokens)}

    def mark(item: WorstRow) -> None:
        text = shortened(dataset.x[item["row"]])
        if "truth" not in item or "taken" not in item:
            item["text"] = [(text, "")]
            return
        truth, taken = item["truth"], item["taken"]
        pieces: list[tuple[str, str]] = []
        end = 0
        for word in re.finditer(WORD, text):
            i = place.get(word.group().lower())
            if i is None or max(weights[truth, i], weights[taken, i]) < CERTAIN:
                continue
            side = "taken" if weights[taken, i] > weights[truth, i] else "truth"
            pieces += [(text[end : word.start()], ""), (word.group(), side)]
            end = word.end()
        item["text"] = [piece for piece in (*pieces, (text[end:], "")) if piece[0]]

    return mark


def by_length(entry: EntryPredictions, dataset: Dataset) -> list[LengthBin]:
    """Share of wrong predictions by the number of words, in bins of about as many rows."""
    lengths = np.array([words_in(dataset.x[row]) for row in entry.distinct])
    wrong = entry.summed(entry.values.argmax(axis=1) != entry.truth)
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, BINS + 1)[1:-1]).round())
    bins = np.searchsorted(edges, lengths, side="left")
    found: list[LengthBin] = []
    for one in np.unique(bins):
        inside = bins == one
        found.append(
            {
                "least": int(lengths[inside].min()),
                "most": int(lengths[inside].max()),
                "rows": int(inside.sum()),
                "wrong": to_digits(wrong[inside].sum() / entry.times[inside].sum(), 4),
            }
        )
    return found


def copies(
    runs: Runs, benchmark: Benchmark, dataset: Dataset, chosen: Sequence[Sequence[Record]]
) -> Copies | None:
    """Test rows whose text, but for case, digits and signs, stands among their training rows.

    With the score without them; None where there are none. Scores are means over the repeats.
    """
    forms = [normalised(text) for text in dataset.x]
    splits = benchmark.protocol.splits(dataset)
    tested = copied = 0
    entries: list[CopiesOfEntry] = []
    for records in chosen:
        every, others = [], []
        for record in records:
            predicted = runs.predictions(record)
            if predicted is None or not len(predicted.rows):
                continue
            known = Counter(forms[row] for row in split_at(splits, record["repeat"]).train)
            fresh = np.array([forms[row] not in known for row in predicted.rows])
            if not entries:
                tested, copied = tested + len(fresh), copied + int((~fresh).sum())
            truth = dataset.y[predicted.rows]
            every.append(benchmark.metric.score(truth, predicted.values))
            if fresh.any():
                others.append(benchmark.metric.score(truth[fresh], predicted.values[fresh]))
        if every and others:
            name = records[-1]["entry"]["name"]
            entries.append(
                {"name": name, "all": float(np.mean(every)), "others": float(np.mean(others))}
            )
    if not copied or not entries:
        return None
    return {"tested": tested, "copied": copied, "entries": entries}
