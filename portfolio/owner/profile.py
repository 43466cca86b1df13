"""The owner of the page: `portfolio.toml` and the notes beside it; both may be missing.

Nothing in them changes a score, and the page shows them apart from the results.
"""

from __future__ import annotations

import base64
import difflib
import io
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portfolio.owner.accent import HEX

FILE = "portfolio.toml"
NOTES = Path("portfolio/notes")
LARGEST_PICTURE = 8_000_000
"""Bytes of a picture that is read; the page gets a small copy."""
MOST_PIXELS = 50_000_000
PICTURE = 192
"""Pixels a side of the copy, twice what is shown."""
LARGEST_NOTE = 100_000
"""Bytes of a note."""


class OwnerError(ValueError):
    """`portfolio.toml` or what it names is wrong; the message says where, and what is expected."""


@dataclass(frozen=True)
class Owner:
    """Name, links, colour and choices of the owner; everything may be empty."""

    name: str = ""
    headline: str = ""
    url: str = ""
    """Where the page will be published, for the pictures of shared links; ends with a slash."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Address by its label, in order."""
    picture: str = ""
    """A data URI."""
    feature: tuple[str, ...] = ()
    """Benchmarks that come first, in order."""
    accent: str = ""
    """A colour as `#rrggbb`."""
    mlflow: str = ""
    """Server on which readers may see the runs; the page names none without it."""
    publish: tuple[str, ...] = ()
    """Benchmarks of the owner's data that may be published."""
    samples: tuple[str, ...] = ()
    """Benchmarks of the owner's data of which single rows are shown."""


NOBODY = Owner()


def read(home: Path, known: Collection[str]) -> Owner:
    """The owner as `portfolio.toml` in `home` has them; `NOBODY` where there is no such file.

    `known` are the names of benchmarks that can be featured. Raises OwnerError with every
    problem of the file: the line where TOML ends, unknown keys, values of the wrong kind.
    """
    path = home / FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return NOBODY
    except (OSError, UnicodeDecodeError) as error:
        raise OwnerError(f"{FILE}: expected a text file in UTF-8, received {error}") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OwnerError(f"{FILE}: expected TOML, received something else: {error}") from error
    checks: dict[str, Callable[[Any], Any]] = {
        "name": _line,
        "headline": _line,
        "url": _site,
        "links": _links,
        "picture": lambda value: _picture(home, value),
        "feature": lambda value: _names(value, known),
        "accent": _accent,
        "mlflow": _server,
        "publish": lambda value: _names(value, known),
        "samples": lambda value: _names(value, known),
    }
    values, problems = {}, []
    for key, value in table.items():
        try:
            if key not in checks:
                raise ValueError(_unknown(f"the key {key!r}", key, checks))
            values[key] = checks[key](value)
        except ValueError as error:
            where = _line_of(text, key)
            problems.append(f"{FILE}{where}: {key}: {error}" if key in checks else
                            f"{FILE}{where}: {error}")  # fmt: skip
    if problems:
        raise OwnerError("\n".join(problems))
    return Owner(**values)


def name(home: Path) -> str:
    """The owner's name as `read` has it, without a look at the rest; empty where there is none."""
    try:
        return _line(tomllib.loads((home / FILE).read_text(encoding="utf-8-sig"))["name"])
    except (OSError, ValueError, KeyError):
        return ""


def notes(home: Path, known: Collection[str]) -> dict[str, str]:
    """Markdown of the owner's notes by benchmark, from `portfolio/notes/<benchmark>.md`.

    Empty ones are left out. Raises OwnerError for a note of a benchmark that is not in `known`,
    one that is too long, and one that is not UTF-8.
    """
    folder, texts, problems = home / NOTES, {}, []
    for path in sorted(folder.glob("**/*.md")):
        place = NOTES / path.relative_to(folder)
        name = path.relative_to(folder).with_suffix("").as_posix()
        try:
            if name not in known:
                raise ValueError(_unknown(f"a note on {name!r}", name, known))
            content = path.read_bytes()
            if len(content) > LARGEST_NOTE:
                raise ValueError(
                    f"expected at most {LARGEST_NOTE:,} bytes, received {len(content):,}"
                )
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            problems.append(f"{place}: expected UTF-8, received {error}")
        except (OSError, ValueError) as error:
            problems.append(f"{place}: {error}")
        else:
            if text.strip():
                texts[name] = text
    if problems:
        raise OwnerError("\n".join(problems))
    return texts


def _unknown(what: str, given: str, accepted: Collection[str]) -> str:
    """What was received and what is accepted, the nearest first where there are many."""
    near = difflib.get_close_matches(given, accepted, n=3, cutoff=0.5)
    listed = sorted(accepted)
    if len(listed) > 12:
        listed = near or [*listed[:8], "…"]
        return f"{what} is not known; near it: {', '.join(listed)} (`make list` has all)"
    guess = f"; perhaps {near[0]}?" if near else ""
    return f"{what} is not known; accepted: {', '.join(listed) or 'none yet'}{guess}"


def _line_of(text: str, key: str) -> str:
    """Where a key stands, as `, line 3`; empty where it is written in another way."""
    pattern = re.compile(rf"""^\s*\[?\s*["']?{re.escape(key)}["']?\s*[\].=]""")
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.match(line):
            return f", line {number}"
    return ""


def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "\n" in value or len(value) > 200:
        raise ValueError(f"expected one line of at most 200 characters, received {value!r}")
    return value.strip()


def _site(value: Any) -> str:
    return web(_line(value), ("https", "http")).rstrip("/") + "/"


def _server(value: Any) -> str:
    server = web(_line(value), ("https", "http"))
    if "@" in urlsplit(server).netloc:
        raise ValueError("expected an address without user and password, received one with")
    return server.rstrip("/")


def web(value: str, schemes: Collection[str]) -> str:
    """An address with one of these schemes, unchanged; ValueError for any other."""
    try:
        parts = urlsplit(value)
        has_target = bool(parts.path if parts.scheme == "mailto" else parts.hostname)
    except ValueError:
        has_target = False
    if not has_target or parts.scheme not in schemes or re.search(r"[\s<>\"]", value):
        expected = " or ".join(schemes)
        raise ValueError(f"expected an address beginning with {expected}:, received {value!r}")
    return value


def _links(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > 8:
        raise ValueError(
            'expected a table of at most 8 links such as GitHub = "https://github.com/name", '
            f"received {value!r}"
        )
    return {
        _line(label): web(_line(to), ("https", "http", "mailto")) for label, to in value.items()
    }


def _names(value: Any, known: Collection[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"expected a list of benchmark names, received {value!r}")
    for name in value:
        if name not in known:
            raise ValueError(_unknown(f"the benchmark {name!r}", name, known))
    return tuple(dict.fromkeys(value))


def _accent(value: Any) -> str:
    if not isinstance(value, str) or not HEX.fullmatch(value):
        raise ValueError(f'expected a colour such as "#0b57a4", received {value!r}')
    return value.lower()


def _picture(home: Path, value: Any) -> str:
    """A square copy of the picture as a data URI; nothing of its metadata is kept."""
    path = home / _line(value)
    try:
        size = path.stat().st_size
        if size > LARGEST_PICTURE:
            raise ValueError(f"expected at most {LARGEST_PICTURE:,} bytes, received {size:,}")
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"expected a picture at {path}, received {error.strerror}") from error
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ValueError(
                    f"expected at most {MOST_PIXELS:,} pixels, received "
                    f"{opened.width} by {opened.height}"
                )
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except UnidentifiedImageError as error:
        raise ValueError(f"expected a PNG, JPEG or WebP picture, received {path.name}") from error
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"expected a whole picture, received {path.name}: {error}") from error
    small = ImageOps.fit(upright, (PICTURE, PICTURE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=86, method=6)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}"
