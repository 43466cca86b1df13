"""Passwords, tokens and paths, taken out of every text that is shown or written.

`for_owner` is for terminals, `for_others` for what may be passed on: pages, records, packed runs,
badges, MLflow. `runners.safe_text` and `runners.records.store` call them.
"""

from __future__ import annotations

import base64
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote, unquote, urlsplit

HIDDEN = "***"
SHORT = 300
"""Characters of a text that is remembered with what is left of it."""
ROOT = Path(__file__).resolve().parents[1]
SERVERS = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_S3_ENDPOINT_URL")
"""Variables whose hosts are left out of texts for others."""

_SECRET = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|CREDENTIAL|API_?KEY|ACCESS_KEY|PRIVATE_KEY", re.I
)
"""Names of environment variables that hold a secret."""
_LOGIN = re.compile(
    # Up to the last @ before the path; a password with / in it is one after `name:`, which
    # digits up to a / are not: that is a port.
    r"(?<=://)(?:[^\s/?#'\"<>:@]+:(?!\d*(?:[/?#\s]|$))[^\s'\"<>]*@|[^\s/?#'\"<>]*@)"
)
_TOKENS = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}"
    r"|\bhf_[A-Za-z0-9]{20,}|\bsk-[\w-]{20,}|\bdapi[0-9a-f]{32}\b|\bxox[abeprs]-[\w-]{10,}"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
_HEADER = re.compile(r"\b(Basic|Bearer)\s+[\w.~+/=-]{8,}")
_ASSIGNED = re.compile(
    r"(?i)\b(\w*(?:password|passwd|passphrase|secret|token|api_?key|access_?key|signature))="
    r"(?!\d+\b|None\b|True\b|False\b)(?:'[^'\n]*'|\"[^\"\n]*\"|[^\s=&'\",;)]{3,})"
)
_MARKS = (
    *("AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
    *("hf_", "sk-", "dapi", "xox", "eyJ", "PRIVATE KEY"),
)
"""What the alternatives of `_TOKENS` begin with: looked for first, since most texts have none."""

_LOCAL = re.compile(r"\b(?:file|sqlite)(?:\+\w+)?:/+(?:[^\s'\"<>]*/)?([^\s/'\"<>?#]*)[^\s'\"<>]*")
_HOMES = re.compile(r"(?<![\w.~])/(?:var/|export/|usr/)?(?:home|Users)/[^/\s'\"<>:,;()]+")
_QUOTED = re.compile(r"(['\"])(?:~|[A-Za-z]:)?[/\\](?=[^'\"\n]*[/\\])[^'\"\n]*?([^'\"\n/\\]*)\1")
_PATH = re.compile(
    r"(?<![\w/.~%+&…)\]\-])/(?:[^\s/'\"<>|;,()\[\]{}*?]+/)+([^\s/'\"<>|:;,()\[\]{}*?]*)"
)
_WINDOWS = re.compile(r"\b[A-Za-z]:\\(?:[^\s\\'\"<>|]+\\)*([^\s\\'\"<>|]*)")


def for_owner(text: str) -> str:
    """A text for the terminal of the command's user.

    Without passwords, tokens and other secrets; the home folder is `~`, and what lies in the
    current folder is named relative to it.
    """
    text = without_secrets(text)
    return _folders(ours=False).sub(_shortened, text) if "/" in text else text


def for_others(text: str) -> str:
    """A text for a page, a record or another machine: as `for_owner`, and without absolute paths.

    Of a path the last part is left: `…/churn.csv`. Addresses of MLflow servers are left out.
    """
    return _short_for_others(text) if len(text) <= SHORT else _for_others(text)


@lru_cache(maxsize=20_000)  # the same texts recur in pages and records
def _short_for_others(text: str) -> str:
    return _for_others(text)


def _for_others(text: str) -> str:
    text = without_secrets(text)
    if "\\" in text:
        text = _WINDOWS.sub(r"…/\1", text)
    if "/" not in text:
        return text
    hosts = _hosts()
    if hosts is not None:
        text = hosts.sub(HIDDEN, text)
    text = _LOCAL.sub(r"…/\1", text)
    text = _folders(ours=True).sub(_shortened, text)
    text = _HOMES.sub("~", text)
    return _PATH.sub(r"…/\1", _QUOTED.sub(r"\1…/\2\1", text))


def values_for_others(value: Any) -> Any:
    """Plain JSON with every text and key as by `for_others`."""
    if isinstance(value, str):
        return for_others(value)
    if isinstance(value, Mapping):
        return {
            for_others(key) if isinstance(key, str) else key: values_for_others(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [values_for_others(item) for item in value]
    return value


def address(uri: str) -> str:
    """The address of a server or database without its user, password and query."""
    return _LOGIN.sub("", uri).partition("?")[0] if "://" in uri else uri


def guard_tracebacks() -> None:
    """Let a traceback of this process show no secret and no home folder either."""

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(for_owner("".join(traceback.format_exception(kind, error, trace))))

    sys.excepthook = show


def without_secrets(text: str) -> str:
    """A text without logins in addresses, secrets of the environment and what looks like one."""
    if "@" in text:
        text = _LOGIN.sub("", text)
    known = _known()
    if known is not None:
        text = known.sub(HIDDEN, text)
    if "=" in text:
        text = _ASSIGNED.sub(rf"\1={HIDDEN}", text)
    if any(mark in text for mark in _MARKS):
        text = _TOKENS.sub(HIDDEN, text)
    if "Basic" in text or "Bearer" in text:
        text = _HEADER.sub(rf"\1 {HIDDEN}", text)
    return text


def rules() -> list[str]:
    """What is taken out of texts for others on this machine: patterns, secrets among them."""
    patterns = (_known(), _hosts(), _folders(ours=True))
    return [pattern.pattern if pattern else "" for pattern in patterns]


@cache
def _known() -> re.Pattern[str] | None:
    """Secrets of the environment, in every form they are written in; None without any."""
    found = {form for secret in _secrets() for form in _forms(secret) if _distinctive(form)}
    if not found:
        return None
    longest_first = sorted(found, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(_whole, longest_first)))


def _whole(text: str) -> str:
    """The pattern of a text that is no part of a longer word."""
    before, after = (r"\b" if re.match(r"\w", text[end]) else "" for end in (0, -1))
    return f"{before}{re.escape(text)}{after}"


def _secrets() -> Iterator[str]:
    for name, value in os.environ.items():
        if _SECRET.search(name) and not value.startswith(("/", "~")):
            yield value
        for login in _LOGIN.findall(value):
            user, _, password = login.removesuffix("@").partition(":")
            yield password or user  # a token alone stands in the place of the user
            yield base64.b64encode(unquote(login.removesuffix("@")).encode()).decode()
    name, word = (os.environ.get(f"MLFLOW_TRACKING_{one}", "") for one in ("USERNAME", "PASSWORD"))
    if word:
        yield base64.b64encode(f"{name}:{word}".encode()).decode()


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, unquote(secret), quote(secret, safe=""), quote(unquote(secret), safe=""))
    yield from (line.strip() for line in secret.splitlines() if len(line) >= 16)


def _distinctive(secret: str) -> bool:
    """Whether a secret is no common word or number, which texts hold for other reasons."""
    return len(secret) >= 8 or (len(secret) >= 5 and not secret.isalpha() and not secret.isdigit())


@cache
def _hosts() -> re.Pattern[str] | None:
    """Servers that MLflow is told to use, with or without the scheme; None without any."""
    found = []
    for name in SERVERS:
        try:
            parts = urlsplit(_LOGIN.sub("", os.environ.get(name, "")))
        except ValueError:
            continue
        if parts.scheme not in ("file", "sqlite") and re.search(r"[.:]", parts.netloc):
            found.append(re.escape(parts.netloc))
    if not found:
        return None
    return re.compile(rf"(?:[a-z+]+://)?(?<![\w.-])(?:{'|'.join(found)})(?![\w-])[^\s'\"<>]*")


@cache
def _folders(ours: bool) -> re.Pattern[str]:
    """The home folder and the current one, and with `ours` the clone, in all their spellings."""
    here = _spellings(os.getcwd) | (_spellings(lambda: str(ROOT)) if ours else set())
    home = _spellings(lambda: os.path.expanduser("~")) - here
    parts = [
        f"(?P<{name}>{'|'.join(map(re.escape, sorted(paths, key=len, reverse=True)))})"
        for name, paths in (("here", here), ("home", home))
        if paths
    ]
    # The longer path first: the clone is mostly in the home folder.
    parts.sort(key=len, reverse=True)
    return re.compile(rf"(?<![\w.~%-])(?:{'|'.join(parts) or '(?!)'})(?P<end>/|(?![\w.@%-]))")


def _spellings(path: Callable[[], str]) -> set[str]:
    """A folder's path, with links resolved and as the shell spells it; none for / or a bad one."""
    try:
        given = path().rstrip("/")
        shell = os.environ.get("PWD", "").rstrip("/")
        spelt = {given, os.path.realpath(given)}
        if shell and os.path.realpath(shell) in spelt:
            spelt.add(shell)
    except OSError:  # the current folder has been removed
        return set()
    return {one for one in spelt if one.startswith("/") and len(one) > 1}


def _shortened(match: re.Match[str]) -> str:
    """The home folder as `~`, the current one as nothing, or `.` alone."""
    groups = match.groupdict()
    if groups.get("home"):
        return f"~{match['end']}"
    return "" if match["end"] else "."
