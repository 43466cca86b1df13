"""Where everything of the page lies below the site's folder."""

from __future__ import annotations

import hashlib
import re


def slug(name: str) -> str:
    """A benchmark's name as a path below the site: `uci/concrete` stays as it is.

    At most one `/`; other characters than a-z, 0-9 and - are replaced, and a name that had to be
    changed gets a piece of its hash, so that two names never share a file.
    """
    family, _, rest = name.partition("/")
    parts = [re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-")[:60] for part in (family, rest)]
    path = "/".join(part for part in parts if part)
    if path == name:
        return path
    return f"{path or 'benchmark'}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:8]}"


def id_of(name: str) -> str:
    """A benchmark's name as an id in a page."""
    return slug(name).replace("/", "-")


def page(name: str) -> str:
    """The page of a benchmark, relative to the site."""
    return f"{slug(name)}.html"


def badge(name: str) -> str:
    """The badge of a benchmark, relative to the site."""
    return f"badges/{slug(name)}.svg"


def card(name: str = "") -> str:
    """The picture a shared link shows, of a benchmark or of the whole portfolio."""
    return f"cards/{slug(name)}.png" if name else "cards/portfolio.png"


def up(address: str) -> str:
    """The way from a page at `address` back to the site's folder: "" or "../"."""
    return "../" * address.count("/")
