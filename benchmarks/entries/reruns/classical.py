"""The classical models of Brownlee's page of best results, trained again as published.

Brownlee, "Best Results for Standard Machine Learning Datasets" (2020), machinelearningmastery.com,
which prints the code beside every score; preprocessing is fitted within each fold. Inputs are
float64 here, float32 there. scikit-learn has changed its shuffling since, so the folds differ
though the rule is the same.
"""

from __future__ import annotations

from typing import Any

from benchmarks.definition import Entry
from benchmarks.entries.classical.estimators import estimator


def logistic_regression(reruns: str) -> Entry:
    """Logistic regression on the inputs as they are (the page's model for Pima)."""
    return estimator(
        "logistic",
        _logistic_regression,
        "Logistic regression on the inputs as they are, as published in 2020.",
        values={"C": 1.0, "solver": "newton-cg"},
        suite="standard",
        reruns=reruns,
    )


def quadratic_discriminant(reruns: str) -> Entry:
    """Quadratic discriminant analysis of scaled inputs (the page's model for wine)."""
    return estimator(
        "qda",
        _quadratic_discriminant,
        "Quadratic discriminant analysis of scaled inputs, as published in 2020.",
        values={},
        suite="standard",
        reruns=reruns,
    )


def linear_discriminant(reruns: str) -> Entry:
    """Linear discriminant analysis of inputs made more normal (the page's model for iris)."""
    return estimator(
        "lda",
        _linear_discriminant,
        "Linear discriminant analysis after a power transform, as published in 2020.",
        values={},
        suite="standard",
        reruns=reruns,
    )


def support_vectors(reruns: str) -> Entry:
    """A support vector machine on scaled inputs (the page's model for ionosphere)."""
    return estimator(
        "svm",
        _support_vectors,
        "Support vector machine with a radial kernel on scaled inputs, as published in 2020.",
        values={"C": 10.0},
        suite="standard",
        reruns=reruns,
    )


def weighted_neighbours(reruns: str) -> Entry:
    """The two nearest neighbours after a power transform (the page's model for sonar)."""
    return estimator(
        "weighted-2-nn",
        _weighted_neighbours,
        "Two nearest neighbours weighted by distance after a power transform, as published in "
        "2020.",
        values={"k": 2},
        suite="standard",
        reruns=reruns,
    )


def ridge(reruns: str) -> Entry:
    """A ridge classifier on standardised inputs (the page's model for wheat seeds)."""
    return estimator(
        "ridge",
        _ridge,
        "Least-squares classifier with a little shrinkage, as published in 2020.",
        values={"alpha": 0.2},
        suite="standard",
        reruns=reruns,
    )


def _scaled() -> tuple[Any, Any]:
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    return StandardScaler(), MinMaxScaler()


def _logistic_regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(solver="newton-cg", C=1.0)


def _quadratic_discriminant() -> Any:
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*_scaled(), QuadraticDiscriminantAnalysis())


def _linear_discriminant() -> Any:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PowerTransformer

    return make_pipeline(PowerTransformer(), LinearDiscriminantAnalysis())


def _support_vectors() -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    return make_pipeline(*_scaled(), SVC(kernel="rbf", gamma="scale", C=10.0))


def _weighted_neighbours() -> Any:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PowerTransformer

    return make_pipeline(PowerTransformer(), KNeighborsClassifier(2, weights="distance"))


def _ridge() -> Any:
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), RidgeClassifier(alpha=0.2))
