"""Downloads by pooch: complete or tried again, with progress reported."""

from __future__ import annotations

import logging
import time
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from benchmarks.data.core.network import (
    Transient,
    host_of,
    http_failure,
    refuse_unencrypted,
    with_retries,
)
from benchmarks.data.core.source import Store, Unavailable
from benchmarks.data.core.store import digest, is_page

if TYPE_CHECKING:
    from requests import Response

LARGEST_DOWNLOAD = 1 << 31
"""Bytes; a download that grows larger is refused."""


def download(url: str, folder: Path, store: Store, sha256: str = "") -> Path:
    """Fetch an address into a folder with pooch, three tries, reporting progress.

    The caller checks what was received; the Content-Type is ignored. Where the server sends no
    Content-Length, a zip archive without its end, or another file without `sha256`, counts as cut
    short and is fetched again.
    Raises Unavailable.
    """
    import pooch
    import requests

    host = host_of(url)
    name = PurePosixPath(url.partition("?")[0]).name
    # pooch logs every download's hash as a suggestion; we have our own.
    pooch.get_logger().setLevel(logging.WARNING)

    def once() -> Path:
        progress = Progress(name, store.report)
        downloader = pooch.HTTPDownloader(
            timeout=(store.connect_timeout, store.read_timeout),
            progressbar=progress,
            chunk_size=1 << 16,
            hooks={"response": stay_encrypted},
        )
        (folder / name).unlink(missing_ok=True)  # pooch would take an earlier try's for the file
        try:
            received = Path(
                pooch.retrieve(url, None, fname=name, path=folder, downloader=downloader)
            )
        except requests.HTTPError as error:
            answer = error.response
            assert answer is not None, "raise_for_status has one"
            delay = answer.headers.get("Retry-After")
            raise http_failure(host, answer.status_code, delay) from error
        except requests.exceptions.ChunkedEncodingError as error:
            raise Transient(f"{host} broke off in the middle of {name}") from error
        except requests.Timeout as error:
            waited = f"{store.read_timeout:g} s"
            raise Transient(f"{host} did not answer within {waited}", silent=True) from error
        except requests.ConnectionError as error:
            if isinstance(root(error), TimeoutError):
                waited = f"{store.read_timeout:g} s"
                raise Transient(f"{host} sent nothing for {waited} amid {name}") from error
            raise Transient(f"{host} closed the connection ({cause(error)})") from error
        except (requests.RequestException, ValueError) as error:  # ValueError: an invalid header
            raise Unavailable(f"{url} cannot be fetched ({str(error)[:300]})") from error
        if not progress.total and not is_whole(received, sha256):
            raise Transient(
                f"{host} sent {name} without saying how long it is, and it is not whole"
            )
        return received

    return with_retries(once, host, store)


def stay_encrypted(response: Response, **_: object) -> None:
    """Hook of requests, called for every answer on the way: no step from https to http."""
    if response.is_redirect:
        refuse_unencrypted(response.url, urljoin(response.url, response.headers["location"]))


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file has the end of a zip archive, or else the hash, where one is known."""
    if path.suffix == ".zip":
        return zipfile.is_zipfile(path) or is_page(path)
    return not sha256 or digest(path) == sha256 or is_page(path)


def root(error: BaseException) -> BaseException:
    """The innermost of a chain of wrapped network errors: the cause."""
    while inner := (error.__cause__ or error.__context__):
        error = inner
    return error


def cause(error: BaseException) -> str:
    """Message of the innermost error."""
    return str(root(error)) or type(root(error)).__name__


class Progress:
    """What pooch asks of a progress bar: `total`, `update`, `reset`, `close`."""

    def __init__(self, name: str, report: Callable[[str], None], every: float = 1.0) -> None:
        self.name, self.report, self.every = name, report, every
        self.total = 0
        self.done = 0
        self.reported_at = time.monotonic()

    def update(self, count: int) -> None:
        """Count bytes, and report them every `every` seconds."""
        self.done += count
        if self.done > LARGEST_DOWNLOAD:
            raise Unavailable(
                f"expected {self.name} of less than {LARGEST_DOWNLOAD / 1e9:.1f} GB, "
                "received more and closed the connection"
            )
        if time.monotonic() - self.reported_at >= self.every:
            self.reported_at = time.monotonic()
            self.report(amount(self.name, self.done, self.total))

    def reset(self) -> None:
        """Start counting again; pooch does so at the end, and on another try."""
        self.done = 0

    def close(self) -> None:
        """Nothing to close."""


def amount(name: str, done: int, total: int = 0) -> str:
    """A line of progress: "Concrete_Data.xls: 0.1 of 0.5 MB"."""
    of = f" of {total / 1e6:.1f}" if total else ""
    return f"{name}: {done / 1e6:.1f}{of} MB"
