"""Linear models on n-grams of words and of characters, by scikit-learn's pipelines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from benchmarks.definition import Entry, Fitted, Training
from benchmarks.entries.classical.estimators import probabilities

WORDS = {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}
"""Single words, those of one letter too, and pairs of neighbours."""
CHARACTERS = {"analyzer": "char_wb", "ngram_range": (2, 4)}
"""Two to four characters within a word and the blanks around it."""


def text_estimator(name: str, make: Callable[[], Any], about: str, **options: Any) -> Entry:
    """An entry that fits what `make()` returns, a pipeline that takes a list of strings.

    Parameters `random_state` that are None get the training seed. Of a classifier without
    probabilities the class it names counts as certain. Further options as `Entry`.
    """
    fit = partial(_fit, make=make)
    values = options.pop("values", {})
    return Entry(name, "reference", fit, about, values, **{"stack": 0, **options})


def text_classifiers() -> list[Entry]:
    """Naive Bayes on words; logistic regression and a linear SVM on words and characters."""
    shared = {"words": [1, 2], "characters": [2, 4]}
    return [
        text_estimator(
            "naive-bayes",
            naive_bayes,
            "Multinomial naive Bayes on counts of words and pairs of words.",
            values={"words": [1, 2], "alpha": 1.0},
        ),
        text_estimator(
            "logistic",
            logistic_regression,
            "Logistic regression on TF-IDF of one or two words and of two to four characters.",
            values={**shared, "C": 10.0},
        ),
        text_estimator(
            "linear-svm",
            linear_svm,
            "Linear support vector machine on the same n-grams.",
            values={**shared, "C": 1.0},
        ),
    ]


def naive_bayes() -> Any:
    """Multinomial naive Bayes with Laplace's smoothing on counts."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    return make_pipeline(CountVectorizer(**WORDS), MultinomialNB())


def logistic_regression() -> Any:
    """Logistic regression, penalised by half the squared weights over C = 10."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    by_class = OneVsRestClassifier(LogisticRegression(C=10.0, solver="liblinear"))
    return make_pipeline(ngrams(), by_class)


def linear_svm() -> Any:
    """Scikit-learn's defaults: squared hinge loss, C = 1."""
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    return make_pipeline(ngrams(), LinearSVC())


def ngrams() -> Any:
    """TF-IDF with the logarithm of counts, of words and of characters side by side."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    return make_union(
        TfidfVectorizer(sublinear_tf=True, **WORDS),
        TfidfVectorizer(sublinear_tf=True, **CHARACTERS),
    )


def _fit(trainings: Sequence[Training], *, make: Callable[[], Any]) -> list[Fitted]:
    return [_one(training, make) for training in trainings]


def _one(training: Training, make: Callable[[], Any]) -> Fitted:
    model = make()
    unseeded = {
        key: training.seed
        for key, value in model.get_params().items()
        if key.rpartition("__")[2] == "random_state" and value is None
    }
    model.set_params(**unseeded)
    model.fit(training.x.tolist(), training.y)
    return Fitted(lambda x: probabilities(model, x.tolist(), training.classes))
