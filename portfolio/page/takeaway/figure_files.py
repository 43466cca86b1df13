"""Files of a page's figures: each as SVG for other documents, with its numbers as CSV beside it.

A drawing that carries its numbers (`figure_data.with_data`) gets both files, and a line of links
below it. Where several follow one another they are one figure in several widths: the first counts.
"""

from __future__ import annotations

import html
import re
from functools import cache

from portfolio.page import addresses, figures
from portfolio.page.figure_data import without_data

FOLDER = "figures"
"""Below the site."""
ROW = re.compile(r"(?:<svg\b(?:(?!</svg>).)*</svg>\s*)+", re.S)
"""Drawings that follow one another."""
FIGURE = re.compile(
    r'<svg [^>]*aria-labelledby="([\w-]+?)-t[ "][^>]*><metadata>(.*?)</metadata>'
    r"\s*<title[^>]*>(.*?)</title>.*?</svg>",
    re.S,
)
"""A drawing with its name, numbers and title."""
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SELECTOR = re.compile(r"(?:(?:svg|text|path|rect|circle|g)?(?:\.[\w-]+)*)")
DRAWN = re.compile(r"(?:fill|stroke|font|paint-order|text-anchor|opacity)\b[\w-]*\s*:[^;]+")
"""Declarations that say how a drawing looks, and not where on a page it stands."""


def extracted(page: str, address: str, accent: str = "") -> tuple[str, dict[str, str]]:
    """A page with links below its figures, and the files they lead to by their address.

    `accent` are the rules of the owner's colour (`portfolio.owner.accent.style`).
    """
    files: dict[str, str] = {}
    folder = f"{FOLDER}/{address.removesuffix('.html')}"

    def linked(match: re.Match[str]) -> str:
        figure = FIGURE.search(match[0])
        if figure is None:
            return match[0]
        name, numbers, title = figure.groups()
        place = f"{folder}/{name}"
        files[f"{place}.svg"] = standalone(without_data(figure[0]), accent)
        files[f"{place}.csv"] = html.unescape(numbers)
        up = addresses.up(address)
        links = " ".join(
            f'<a href="{up}{place}.{kind}" download aria-label="{kind.upper()}: {title}">'
            f"{kind.upper()}</a>"
            for kind in ("svg", "csv")
        )
        return f'{without_data(match[0]).rstrip()}<p class="take">{links}</p>\n'

    return ROW.sub(linked, page), files


def standalone(drawing: str, accent: str = "") -> str:
    """A drawing of a page as a file: with its size and with the rules that colour it.

    Variables are put in and colours with a share of transparency written as two values, so that
    programs other than browsers show it too. The colours are those of the light page.
    """
    width, height = re.findall(r"[\d.]+", re.findall(r'viewBox="([^"]+)"', drawing)[0])[2:]
    size = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    start, end, rest = drawing.partition(">")
    used = frozenset(
        word for words in re.findall(r'class="([^"]+)"', drawing) for word in words.split()
    )
    opened = start.replace("<svg ", f"<svg {size}", 1)
    return f"{opened}{end}\n<style>\n{_rules(used, str(accent))}</style>{rest}\n"


@cache
def _rules(used: frozenset[str], accent: str) -> str:
    """Rules of the page's style sheets that apply to drawings with these classes."""
    kept = []
    for selectors, declarations in _all_rules(accent):
        matching = [
            one
            for one in map(str.strip, selectors.split(","))
            if all(SELECTOR.fullmatch(part) for part in one.split())
            and used >= set(re.findall(r"\.([\w-]+)", one))
        ]
        if matching and declarations:
            kept.append(f"{', '.join(matching)} {{ {declarations} }}\n")
    return "".join(kept)


@cache
def _all_rules(accent: str) -> list[tuple[str, str]]:
    """Selectors and declarations of drawings, of all style sheets, variables put in."""
    loader = figures.templates().loader
    assert loader is not None
    names = [name for name in loader.list_templates() if name.endswith(".css")]
    css = "\n".join(loader.get_source(figures.templates(), name)[0] for name in sorted(names))
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"@[^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", css)  # dark, narrow, printed
    variables = {
        name: value.strip()
        for text in (css, accent.partition("@")[0])
        for block in re.findall(r":root\s*\{([^}]*)\}", text)
        for name, value in re.findall(r"(--[\w-]+)\s*:([^;]+)", block)
    }
    rules = []
    for selectors, block in RULE.findall(css):
        text = re.sub(r"var\((--[\w-]+)\)", lambda m: variables.get(m[1], "inherit"), block)
        parts = [part.strip() for part in DRAWN.findall(text)]
        rules.append((selectors, "; ".join(map(_opaque, parts))))
    return rules


def _opaque(declaration: str) -> str:
    """`fill: #rrggbbaa` as a colour and its opacity."""
    match = re.fullmatch(r"(fill|stroke)\s*:\s*(#\w{6})(\w{2})", declaration)
    if match is None:
        return declaration
    return f"{match[1]}: {match[2]}; {match[1]}-opacity: {int(match[3], 16) / 255:.2f}"
