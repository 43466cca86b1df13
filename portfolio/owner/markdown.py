"""The owner's Markdown as safe HTML: no raw HTML, no pictures, only links to web and mail."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from portfolio.owner.profile import web
from runners.safe_text import clean

SCHEMES = ("https", "http", "mailto")


class _Safe(MarkdownIt):
    """CommonMark and tables; links go to the web or to a mailbox, all else stays text."""

    def validateLink(self, url: str) -> bool:
        """Whether an address may become a link."""
        try:
            web(url, SCHEMES)
        except ValueError:
            return False
        return True


@cache
def _markdown() -> MarkdownIt:
    return _Safe("commonmark", {"html": False}).enable("table").disable("image")


def html(text: str) -> Markup:
    """Markdown as HTML; raw HTML is shown as text.

    Headings go below those of the page and skip no level.
    """
    parser = _markdown()
    tokens = parser.parse(clean(text))
    used = sorted({token.tag for token in tokens if token.type == "heading_open"})
    level = 2  # of the page's heading above the note
    for token in tokens:
        if token.type == "heading_open":
            level = min(6, 3 + used.index(token.tag), level + 1)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"
        for child in token.children or []:
            if child.type == "link_open":
                child.attrSet("rel", "noopener noreferrer nofollow")
    rendered = parser.renderer.render(tokens, parser.options, {})
    return Markup(clean(rendered))  # noqa: S704 (an entity may hide a control character)
