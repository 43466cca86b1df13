"""Data sets of the UCI Machine Learning Repository through the ucimlrepo client.

The client (0.0.7) has no timeout, retry, cache or hash and takes a truncated file for whole.
What it lacks is added around it, and what it returned is kept in the layout of UCI's own API,
so that files a user brings and files the client fetched are read the same way.
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data.bundled import bundled_copy
from benchmarks.data.core.loading import admit, obtain, remedy_for
from benchmarks.data.core.network import (
    Transient,
    host_of,
    http_failure,
    refuse_unencrypted,
    require,
    with_retries,
)
from benchmarks.data.core.source import (
    Copy,
    Corrupt,
    DataError,
    File,
    Source,
    Store,
    Unavailable,
)
from benchmarks.data.core.store import workspace
from benchmarks.dataset import Dataset

if TYPE_CHECKING:
    from pandas import DataFrame

API = "https://archive.ics.uci.edu/api/dataset"
"""What ucimlrepo asks; `KERASFOLIO_UCI_API` points it elsewhere."""

_timeout_guard = threading.Lock()


def uci(
    id: int,
    read: Callable[[DataFrame, DataFrame], Dataset],
    *,
    title: str,
    url: str,
    licence: str,
    citation: str,
    rows: int,
    features: int | tuple[int, ...],
    originals: Mapping[str, tuple[str, Callable[[Path], Dataset]]] | None = None,
    bundled: tuple[str, Callable[[], Dataset]] | None = None,
    digest: str = "",
) -> Source:
    """Data set number `id`, read from its features and targets as ucimlrepo gives them.

    `originals` are the files UCI published before it had an API, name to (sha256, reader): a
    user may bring those instead. `bundled` is a library's copy, as for `bundled_source`; it is
    used when UCI cannot be asked and nothing is kept. `digest` is
    `Dataset.digest` of the published values: a copy with other values is not the official one.
    """
    reply = (f"api/dataset/{id}.json", f"static/public/{id}/data.csv")
    shape = (rows, features) if isinstance(features, int) else (rows, *features)
    replies = Copy(
        f"UCI's data set {id}",
        (
            File(reply[0], keep=f"uci/{id}/dataset.json"),
            File(reply[1], keep=f"uci/{id}/data.csv"),
        ),
        lambda paths: read(*frames(paths[reply[0]], paths[reply[1]], rows)),
    )
    brought = tuple(
        Copy(
            f"UCI's {name}",
            (File(name, f"uci/{id}/{name}", sha256=sha),),
            single_file(name, reader),
        )
        for name, (sha, reader) in (originals or {}).items()
    )
    host = host_of(api())

    def fetch(store: Store) -> None:
        require(host, store)
        store.report(f"asking {host} for data set {id} ({title})")
        with workspace(store) as folder:
            with_retries(lambda: once(folder, store), host, store)

    def once(folder: Path, store: Store) -> None:
        metadata, variables, table = ask(id, host, store)
        if len(table) < rows:
            raise Transient(f"expected {rows} rows of data set {id}, received {len(table)}")
        paths = write_reply(folder, metadata, variables, table)
        admit(
            replies,
            dict(zip(reply, paths, strict=True)),
            shape,
            store,
            origin="through ucimlrepo",
            digest=None if api() == API else digest,
        )

    names = " or ".join((*(originals or {}), f"{reply[0]} and {reply[1]}"))
    return Source(
        title=title,
        url=url,
        licence=licence,
        citation=citation,
        rows=rows,
        features=features,
        obtain=obtain(
            (replies, *brought),
            fetch,
            remedy_for(names),
            (lambda: bundled_copy(*bundled)) if bundled else None,
        ),
        hosts=(host,),
        values={"uci": id, "digest": digest, **({"carried": bundled[0]} if bundled else {})},
        copies=(replies, *brought),
        digest=digest,
    )


def api() -> str:
    """The address ucimlrepo is told to ask."""
    return os.environ.get("KERASFOLIO_UCI_API") or API


def single_file(
    name: str, reader: Callable[[Path], Dataset]
) -> Callable[[Mapping[str, Path]], Dataset]:
    """The reader of a copy that is a single file."""
    return lambda paths: reader(paths[name])


def write_reply(
    folder: Path, metadata: Mapping[str, Any], variables: list[dict[str, Any]], table: DataFrame
) -> tuple[Path, Path]:
    """Write the client's answer as the two files that UCI's own API answers with."""
    reply, csv = folder / "dataset.json", folder / "data.csv"
    content = {"status": 200, "data": {**metadata, "variables": variables}}
    reply.write_text(json.dumps(content, indent=1), encoding="utf-8")
    table.to_csv(csv, index=False)
    return reply, csv


def frames(reply: Path, csv: Path, rows: int) -> tuple[DataFrame, DataFrame]:
    """Features and targets of a kept reply, chosen by role as ucimlrepo does.

    Raises Corrupt when rows are missing or the table lacks a column the reply names.
    """
    import pandas as pd

    content = json.loads(reply.read_text(encoding="utf-8"))
    try:
        variables = content["data"]["variables"]
        roles = {
            role: [v["name"] for v in variables if v["role"] == role]
            for role in ("Feature", "Target")
        }
    except (KeyError, TypeError) as error:
        raise Corrupt(f"{reply.name} is not in the form of UCI's API ({error!r})") from error
    table = pd.read_csv(csv)
    if len(table) != rows:
        raise Corrupt(f"expected {rows} rows in {csv.name}, received {len(table)}")
    missing = [name for names in roles.values() for name in names if name not in table.columns]
    if missing:
        raise Corrupt(f"expected the columns {missing} in {csv.name}, found {list(table.columns)}")
    return table[roles["Feature"]], table[roles["Target"]]


def ask(id: int, host: str, store: Store) -> tuple[dict[str, Any], list[dict[str, Any]], DataFrame]:
    """Metadata, variables and the whole table of a data set from the real client.

    Raises Transient or Unavailable: the client's own exceptions say little of what happened.
    """
    import pandas as pd

    client: Any = importlib.import_module("ucimlrepo.fetch")
    client.API_BASE_URL = api()
    try:
        with socket_timeout(store.read_timeout), encrypted_redirects():
            result = client.fetch_ucirepo(id=id)
    except client.DatasetNotFoundError as error:
        if isinstance(error.__context__, OSError):
            raise network_failure(error.__context__, host, store) from error
        if "reading data csv" in str(error):
            raise Transient(f"{host} sent no rows for data set {id}") from error
        raise Unavailable(f"{host} has no data set {id} to import ({error})") from error
    except (http.client.IncompleteRead, pd.errors.EmptyDataError) as error:
        raise Transient(f"{host} broke off in the middle of data set {id} ({error})") from error
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Unavailable(
            f"{host} answered in a form that ucimlrepo does not understand "
            f"({type(error).__name__}: {str(error)[:120]})",
        ) from error
    except (OSError, http.client.HTTPException) as error:
        known = isinstance(error.__context__, OSError)
        cause = error.__context__ if known else error
        raise network_failure(cause, host, store) from error
    metadata = {key: plain(value) for key, value in result.metadata.items()}
    refuse_unencrypted(api(), str(metadata["data_url"]))
    variables = json.loads(result.variables.to_json(orient="records"))
    return metadata, variables, result.data.original


def plain(value: Any) -> Any:
    """A dictionary with dots as a plain one."""
    return dict(value) if isinstance(value, dict) else value


def network_failure(error: Any, host: str, store: Store) -> Transient | DataError:
    """What an exception of urllib or socket means."""
    if isinstance(error, urllib.error.HTTPError):
        return http_failure(host, error.code, error.headers.get("Retry-After"))
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return Transient(f"{host} did not answer within {store.read_timeout:g} s", silent=True)
    return Transient(f"{host} closed the connection ({reason})")


@contextmanager
def encrypted_redirects() -> Iterator[None]:
    """No step from https to http by code that follows any redirect. Global: `socket_timeout`."""
    handler: Any = urllib.request.HTTPRedirectHandler
    follow = handler.redirect_request

    def refusing(self: Any, request: Any, *answer: Any) -> Any:
        refuse_unencrypted(request.full_url, answer[-1])
        return follow(self, request, *answer)

    handler.redirect_request = refusing
    try:
        yield
    finally:
        handler.redirect_request = follow


@contextmanager
def socket_timeout(seconds: float) -> Iterator[None]:
    """A timeout for sockets opened by code that asks for none. Global, hence one at a time."""
    with _timeout_guard:
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(seconds)
        try:
            yield
        finally:
            socket.setdefaulttimeout(before)
