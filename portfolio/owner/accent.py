"""The owner's colour, made legible on the light and on the dark page."""

from __future__ import annotations

import colorsys
import re

from markupsafe import Markup

HEX = re.compile(r"#[0-9a-fA-F]{6}")
LIGHT = ("#fdfcf9", "#f5f3ed")
"""Grounds of the light page: paper and raised."""
DARK = ("#151617", "#1e2022")
OURS = "#0b57a4"
"""The page's own colour."""
LEAST = 4.5
"""Contrast of text that WCAG 2.2 asks for (success criterion 1.4.3, level AA)."""

Colour = tuple[float, float, float]


def style(accent: str) -> Markup:
    """Rules that put the colour in place of the page's own; empty without a colour."""
    if not HEX.fullmatch(accent):
        return Markup("")
    light, dark = legible(accent, LIGHT), legible(accent, DARK)
    return Markup(  # noqa: S704 (hexadecimal digits and nothing else)
        f":root{{--ours:{light};--ours-band:{light}1a}}"
        f"@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{--ours:{dark};--ours-band:{dark}22}}}}"
        "@media print{:root{--ours:#000;--ours-band:#00000014}}"
    )


def legible(accent: str, grounds: tuple[str, ...]) -> str:
    """The colour itself, or the nearest lightness of its hue with contrast enough on `grounds`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(accent))
    dark = _luminance(_parts(grounds[0])) < 0.2
    for step in range(101):
        moved = lightness + (1 - lightness) * step / 100 if dark else lightness * (1 - step / 100)
        candidate = accent if not step else _hex(colorsys.hls_to_rgb(hue, moved, saturation))
        if all(contrast(candidate, ground) >= LEAST for ground in grounds):
            return candidate
    return "#ffffff" if dark else "#000000"


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(_parts(one)), _luminance(_parts(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> Colour:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
