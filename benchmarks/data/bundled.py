"""Data that a well-kept library carries inside its package: there without a network."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.data.core.source import Corrupt, DataError, Source
from benchmarks.dataset import Dataset, Loaded


def bundled_source(
    copy: str,
    read: Callable[[], Dataset],
    *,
    title: str,
    url: str,
    licence: str,
    citation: str,
    rows: int,
    features: int | tuple[int, ...],
    digest: str = "",
) -> Source:
    """A data set whose ordinary source is a library, e.g. `copy="scikit-learn's copy"`.

    With `digest` the copy counts as official only while it has exactly these values.
    """
    return Source(
        title=title,
        url=url,
        licence=licence,
        citation=citation,
        rows=rows,
        features=features,
        obtain=lambda store: bundled_copy(copy, read),
        values={"carried": copy, "digest": digest},
        digest=digest,
    )


def bundled_copy(copy: str, read: Callable[[], Dataset]) -> Loaded:
    """Read a library's own copy. Raises Corrupt when the library has changed its form."""
    try:
        dataset = read()
    except DataError:
        raise
    except Exception as error:
        raise Corrupt(
            f"{copy} cannot be read ({type(error).__name__}: {error})",
            "install the versions of requirements.lock again",
        ) from error
    return Loaded(dataset=dataset, copy=copy, files={}, official=True)
