"""How numbers and foreign text are printed."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runners import formatting, safe_text

MPA = {"name": "rmse", "unit": "MPa", "direction": "min"}
ACCURACY = {"name": "accuracy", "unit": "fraction", "direction": "max"}


def score(mean: float, std: float | None, n: int) -> dict[str, object]:
    return {"mean": mean, "std": std, "n": n, "ci95": None, "values": []}


def spaced(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("uncertainty", "decimals"),
    # the examples of the Particle Data Group: 0.119 two digits, 0.367 one, 0.9636 is 1.0
    [(0.119, 2), (0.354, 2), (0.367, 1), (0.827, 1), (0.9636, 1), (0.0541, 2), (12.0, 0)],
)
def test_supported_decimals(uncertainty: float, decimals: int) -> None:
    assert formatting.supported_decimals(uncertainty) == decimals


@pytest.mark.parametrize(
    ("value", "metric", "rows", "text"),
    [
        (score(4.6123, 0.62, 20), MPA, 103, "4.61 ± 0.62 MPa"),
        (score(0.96531, 0.0023, 5), ACCURACY, 1029, "96.53 ± 0.23 %"),
        (score(1.0, 0.0, 5), ACCURACY, 18, "100 ± 0 %"),
        (score(0.7312, None, 1), ACCURACY, 10000, "73.1 %"),
        (score(14.0712, None, 1), MPA, None, "14.1 MPa"),
        (score(138.492, 46.314, 30), MPA, None, "138 ± 46 MPa"),
        (None, MPA, None, "—"),
    ],
)
def test_score_has_the_digits_its_uncertainty_supports(
    value: dict[str, object] | None, metric: dict[str, str], rows: int | None, text: str
) -> None:
    assert spaced(formatting.score_text(value, metric, rows)) == text


@pytest.mark.parametrize(
    ("baseline", "metric", "text"),
    [
        ({"score": 4.50, "rounding": 0.005, "spread": 0.18}, MPA, "4.50 ± 0.18 MPa"),
        ({"score": 0.75, "rounding": 0.005, "spread": None}, ACCURACY, "75 %"),
        ({"score": 0.735, "rounding": 0.0005, "spread": None}, ACCURACY, "73.5 %"),
        ({"score": 0.969874, "rounding": 5e-7, "spread": None}, ACCURACY, "96.99 %"),
        ({"score": 16.345562, "rounding": 5e-7, "spread": 0.17907}, MPA, "16.35 ± 0.18 MPa"),
        ({"score": 1.0, "rounding": 0.0005, "spread": None}, ACCURACY, "100.0 %"),
        ({"score": 0.1, "rounding": 5e-5, "spread": 0.0}, ACCURACY, "10.00 %"),
    ],
)
def test_published_scores_keep_the_digits_they_were_printed_with(
    baseline: dict[str, object], metric: dict[str, str], text: str
) -> None:
    assert spaced(formatting.published_text(baseline, metric)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.01, "< 0.1 s"), (0.84, "0.8 s"), (42.4, "42 s"), (59.7, "1 min"), (200, "3 min 20 s"),
     (3599.7, "1 h"), (3900, "1 h 5 min"), (None, "—"), (float("nan"), "—"), (-1, "—")],
)  # fmt: skip
def test_duration(seconds: object, text: str) -> None:
    assert spaced(formatting.duration(seconds)) == text


def test_interval_of_a_fraction_stays_within_its_range() -> None:
    value = score(0.99, 0.02, 5) | {"ci95": (0.965, 1.015)}
    assert spaced(formatting.interval_text(value, ACCURACY, 18)) == "96.5 – 100.0"


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
))  # fmt: skip
def test_plain_is_always_strict_utf8_json(value: object) -> None:
    text = json.dumps(safe_text.plain(value), ensure_ascii=False, allow_nan=False)
    text.encode()


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9), st.integers(2, 100))
@example(1.2e-7, 1e-9, 2)
def test_no_score_is_too_odd_to_print(mean: float, std: float, n: int) -> None:
    text = formatting.score_text(score(mean, std, n), MPA, 100)
    first = float(spaced(text).split(" ± ")[0])
    assert math.isclose(first, mean, abs_tol=max(std, mean * 0.01))


def test_places_are_counted_in_english() -> None:
    places = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th"}
    places |= {21: "21st", 102: "102nd", 111: "111th"}
    assert {n: formatting.ordinal(n) for n in places} == places


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (51240.4, "51\u202f240"),
        (-9999.6, "-10\u202f000"),
        (9999.4, "9999"),
        (5.8873, "5.887"),
        (2.5442e-6, "2.544e-06"),
        (math.nan, "nan"),
        (math.inf, "inf"),
    ],
)
def test_amounts_of_money_are_not_written_with_exponents(value: float, text: str) -> None:
    assert formatting.four_digits(value) == text
