"""Network access: one probe a host, three tries, and errors in words."""

from __future__ import annotations

import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TypeVar

from benchmarks.data.core.source import Store, Unavailable

T = TypeVar("T")

LONGEST_WAIT = 60.0
"""Seconds; a server that asks to wait longer counts as unavailable."""

_verdicts: dict[str, str] = {}
"""Host to why it cannot be reached, "" when it can; kept for the life of the process."""
_guard = threading.Lock()
_probing: dict[str, threading.Lock] = {}


class Transient(Exception):
    """A failure that another try may cure.

    `wait` is what the server asked for, in seconds; `silent`: the host did not answer at
    all, so it is not asked for other data either.
    """

    def __init__(self, reason: str, wait: float | None = None, silent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.silent = silent


def host_of(url: str) -> str:
    """`host` or `host:port` of an address, the port only where it is not 443."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    return parts.hostname or "" if port == 443 else f"{parts.hostname}:{port}"


def require(host: str, store: Store) -> None:
    """Raise Unavailable if a host cannot be reached; asks each host once a process."""
    if store.offline:
        raise Unavailable(f"{host} was not asked: working offline")
    with _guard:
        turn = _probing.setdefault(host, threading.Lock())
    with turn:
        if host not in _verdicts:
            _verdicts[host] = probe(host, store.connect_timeout)
    if _verdicts[host]:
        raise Unavailable(f"{host} cannot be reached ({_verdicts[host]})")


def probe_all(hosts: Iterable[str], store: Store) -> None:
    """Probe several hosts at the same time; `require` then knows the answers."""

    def ask(host: str) -> None:
        with suppress(Unavailable):
            require(host, store)

    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in sorted(hosts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def probe(host: str, timeout: float) -> str:
    """Why no connection to a host can be opened, or "" when one can.

    Goes to the proxy where one is configured. The connection is tried in a thread of its own,
    because looking up a name obeys no timeout; a host has twice the time in all, for a name with
    an IPv6 address that leads nowhere and an IPv4 address that works.
    """
    answer = [f"no answer within {timeout:g} s"]

    def connect() -> None:
        try:
            socket.create_connection(address(host), timeout).close()
            answer[0] = ""
        except OSError as error:
            if not isinstance(error, TimeoutError):
                answer[0] = str(error)

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(2 * timeout)
    return answer[0]


def address(host: str) -> tuple[str, int]:
    """Where a connection for a host goes to: the host itself, or the proxy in between."""
    name, _, port = host.partition(":")
    proxy = urllib.request.getproxies().get("http" if port else "https")
    if proxy and not urllib.request.proxy_bypass(host):
        parts = urllib.parse.urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        return parts.hostname or "", parts.port or 80
    return name, int(port or 443)


def with_retries(call: Callable[[], T], host: str, store: Store) -> T:
    """Call until it does not raise Transient, `store.tries` times at most.

    Waits as long as the server asks, else a random time that doubles. Raises Unavailable in the
    end; a host that did not answer at all is not asked again by this process.
    """
    import tenacity

    require(host, store)
    pause = tenacity.wait_random_exponential(multiplier=store.backoff, max=20)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        delay = error.wait if isinstance(error, Transient) else None
        return pause(state) if delay is None else delay

    def tell(state: tenacity.RetryCallState) -> None:
        if state.outcome and state.next_action:
            seconds = state.next_action.sleep
            store.report(f"{state.outcome.exception()}; trying again in {seconds:.1f} s")

    def worth_it(error: BaseException) -> bool:
        return isinstance(error, Transient) and (error.wait or 0) <= LONGEST_WAIT

    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(store.tries),
        wait=wait,
        before_sleep=tell,
        retry=tenacity.retry_if_exception(worth_it),
        reraise=True,
    )
    try:
        return retrying(call)
    except Transient as error:
        if error.silent:
            _verdicts[host] = error.reason
        times = retrying.statistics.get("attempt_number", 1)
        raise Unavailable(f"{error.reason} ({times} {'try' if times == 1 else 'tries'})") from error


def http_failure(host: str, status: int, retry_after: str | None) -> Transient | Unavailable:
    """What an HTTP error status means: 429 and 5xx may pass, other codes will not."""
    reason = f"{host} answered HTTP {status}"
    if status == 429 or status >= 500:
        return Transient(reason, wait=retry_after_seconds(retry_after))
    return Unavailable(reason)


def retry_after_seconds(retry_after: str | None) -> float | None:
    """Seconds of a Retry-After header, which may be a date (RFC 9110, 10.2.3); None for none."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, moment.timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def refuse_unencrypted(url: str, target: str) -> None:
    """Raise Unavailable where a server sends an encrypted request on to an unencrypted address."""
    if url.startswith("https:") and not target.lower().startswith("https:"):
        raise Unavailable(
            f"{host_of(url)} redirects to {target[:200]}, where anybody on the way could change "
            "the data: expected an address that begins with https"
        )
