"""`python -m portfolio.share.screenshot`: photograph the first screen of the page."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from runners.records.store import write_atomically

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LARGEST = 300_000
"""Bytes a picture in a README may have."""
WHOLE_ROWS = """height => {
  const ends = [...document.querySelectorAll(".one")].map(e => e.getBoundingClientRect().bottom);
  return Math.floor(Math.max(0, ...ends.filter(end => end <= height))) || height;
}"""
"""Where the last row of the scoreboard ends that fits in a height; the height where none does."""


def browser() -> str | None:
    """Path of an installed Chromium or Chrome, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def photograph(page: Path, *, width: int = 1200, height: int = 1000, dark: bool = False) -> bytes:
    """PNG of the first screen at twice the pixels; once where that would exceed `LARGEST`.

    At most `height` pixels of the page, and no row of its scoreboard cut in two.
    Raises FileNotFoundError where the page or a browser is missing.
    """
    if not page.is_file():
        raise FileNotFoundError(
            f"expected a page at {page}; `make portfolio` or `make example` writes it"
        )
    executable = browser()
    if executable is None:
        raise FileNotFoundError(
            f"expected one of {', '.join(BROWSERS)} on the PATH; install Chromium"
        )
    from playwright.sync_api import sync_playwright

    picture = b""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for scale in (2, 1):
            tab = chromium.new_page(
                viewport={"width": width, "height": height},
                device_scale_factor=scale,
                color_scheme="dark" if dark else "light",
            )
            tab.goto(page.resolve().as_uri())
            whole = {"x": 0, "y": 0, "width": width, "height": tab.evaluate(WHOLE_ROWS, height)}
            picture = tab.screenshot(clip=whole)
            if len(picture) <= LARGEST:
                break
        chromium.close()
    return picture


def main(arguments: list[str] | None = None) -> int:
    """Write the picture; 0 when done, 2 when the page, the browser or Playwright is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m portfolio.share.screenshot", description=__doc__
    )
    parser.add_argument("--page", type=Path, default=Path("portfolio/example/index.html"))
    parser.add_argument("--out", type=Path, default=Path("docs/example/index.png"))
    options = parser.parse_args(arguments)
    try:
        write_atomically(options.out, photograph(options.page))
    except ImportError:
        print(
            "Playwright is missing; install the development dependencies.",
            file=sys.stderr,
        )
        return 2
    except OSError as error:
        print(f"No picture taken: {error}.", file=sys.stderr)
        return 2
    print(f"Picture: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
