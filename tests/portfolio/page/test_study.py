"""The search and the steps on the page: true numbers, readable without colour or script."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import portfolio_synthetic as synthetic
import pytest

from portfolio.page import build
from portfolio.page.views import view
from portfolio.page.views.study import search
from runners.records.store import Runs
from runners.results import studies
from runners.results.summary import collect, summarise

NAME = "uci/concrete"


def content(states: str, **more: Any) -> dict[str, Any]:
    """A study of a setting a letter: c complete, p pruned, f failed; scores fall by tenths."""
    words = {"c": "complete", "p": "pruned", "f": "failed"}
    trials = []
    for number, state in enumerate(states):
        scores = [] if state == "f" else [6.0 - 0.1 * number, 6.2 - 0.1 * number]
        scores = scores[:1] if state == "p" else scores
        trials.append(
            {
                "number": number,
                "settings": {"units": 8 + number, "rate": 0.5, "how": "<b>relu</b>"},
                "scores": scores,
                "mean": sum(scores) / len(scores) if scores else None,
                "state": words[state],
                "seconds": 2.0,
                "started_at": "2026-11-21T07:59:00+00:00",
                "finished_at": "2026-11-21T08:00:00+00:00",
            }
        )
    record = synthetic.record(synthetic.benchmark(NAME), "mlp", 0, 1.0)
    data = {key: record["data"][key] for key in ("title", "url", "digest", "copy", "rows")}
    return {
        "schema": 1,
        "study": "a" * 16,
        "benchmark": NAME,
        "family": "uci",
        "metric": synthetic.RMSE,
        "make": "tunable_mlp",
        "folds": {"kind": "folds", "unit": "split", "repeats": 20, "sizes": [[900, 27], [901, 26]]},
        "headline": {"entry": "mlp", "recipe": "b" * 64, "scores": [5.9, 6.1], "mean": 6.0},
        "space": {"units": [8], "rate": [0.5], "how": ["relu"]},
        "at_once": 4,
        "data": data,
        "inputs": {},
        "environment": record["environment"],
        "started_at": "2026-11-21T07:00:00+00:00",
        "order": ["units", "rate", "how"],
        "trials": trials,
        "importance": {"how": 0.1, "rate": 0.25, "units": 0.65},
        "finished_at": "2026-11-21T08:00:00+00:00",
        **more,
    }


def kept(runs: Path, study: Any, name: str = NAME, key: str = "a") -> Path:
    place = runs / "studies" / name / f"{key}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(study if isinstance(study, str) else json.dumps(study))
    return place


def made(tmp_path: Path, drawn: Any, *found: Any) -> tuple[str, dict[str, Any]]:
    """The page of a benchmark with studies, and what its template was given."""
    runs = Runs(tmp_path / "runs")
    synthetic.entries(runs, synthetic.benchmark(NAME), drawn, 20)
    for place, study in enumerate(found):
        kept(runs.root, study, key=str(place))
    summary = build.build(runs.root, tmp_path / "site")
    records = collect(runs)
    (benchmark,) = summarise(runs)["benchmarks"]
    text = (tmp_path / "site" / f"{NAME}.html").read_text()
    return text, {**vars(view(benchmark, records[NAME])), "notes": summary["notes"]}


DRAWN = {
    "mean": (16.0, 0.6, {"floor": True}),
    "linear": (10.3, 0.6, {}),
    "boosting": (4.7, 0.6, {}),
    "mlp": (4.69, 0.6, dict(synthetic.HEADLINE)),
}


def test_the_search_is_told_with_its_numbers(tmp_path: Path) -> None:
    text, shown = made(tmp_path, DRAWN, content("cccpfcccccc"))
    told = shown["study"]
    assert told.tried == 11
    assert told.counts == "9 judged on all 2 inner folds, 1 stopped early and 1 failed"
    assert told.best == [("units", "18"), ("rate", "0.5"), ("how", "<b>relu</b>")]
    assert told.score.replace("\u00a0", " ").startswith("5.1")
    assert "mlp on the same folds: 6.0" in told.against
    assert told.against.endswith("behind the best setting.")
    assert [key for key, *_ in told.importance] == ["units", "rate", "how"]
    assert [line.number for line in told.lines] == [11, 10, 9, 8, 7, 6, 3, 2, 1]
    assert "Inner validation alone judged: 2 folds of the training rows of the first split" in text
    assert "the other 19 splits test on rows that are among these" in text
    assert "<b>relu</b>" not in text  # from outside, and escaped
    assert "Hyperparameter search" in text
    assert "66\u202f%" in text or "65\u202f%" in text


def test_a_dot_a_setting_is_drawn_and_the_best_so_far(tmp_path: Path) -> None:
    text, shown = made(tmp_path, DRAWN, content("cccpfcccccc"))
    wide, narrow = shown["study"].drawings
    for drawing in (wide, narrow):
        assert drawing.count('class="x-solid"') == 9
        assert drawing.count('class="x-hollow"') == 1
        assert drawing.count('class="x-first"') == 1
        assert drawing.count('class="x-even"') == 1
        for numbers in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawing):
            assert all(0 <= float(number) <= 520 for number in numbers)
    assert 'class="x-plot x-narrow"' in narrow
    assert text.count('role="img"') >= 2
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(set(ids)) == len(ids)


def test_without_test_rows_of_other_repeats_nothing_is_left_open() -> None:
    study = studies.summary_of(content("cc"))
    study["unit"] = "seed"
    told = search(study, "x")
    assert told is not None
    assert told.judge.endswith("No test row was used.")


@pytest.mark.parametrize("states", ["f", "ff", "p", "c", "cf", ""])
def test_studies_with_little_in_them_are_shown_as_far_as_they_go(
    tmp_path: Path, states: str
) -> None:
    text, shown = made(tmp_path, DRAWN, content(states, importance=None, headline=None))
    assert ("Hyperparameter search" in text) == bool(states)
    if states:
        assert bool(shown["study"].best) == ("c" in states)
        assert len(shown["study"].drawings) == 0


def test_the_study_worked_on_last_is_shown(tmp_path: Path) -> None:
    later = content("c", make="other", finished_at="2026-11-22T08:00:00+00:00")
    _, shown = made(tmp_path, DRAWN, later, content("cc"))
    assert shown["study"].make == "other"


@pytest.mark.parametrize("bad", ["no JSON", "[]", '{"trials": [{}]}', "null"])
def test_a_study_that_cannot_be_read_is_noted_and_left_out(tmp_path: Path, bad: str) -> None:
    text, shown = made(tmp_path, DRAWN, bad)
    assert shown["study"] is None
    assert any("studies/uci/concrete/0.json is not readable" in note for note in shown["notes"])
    assert "Hyperparameter search" not in text


def test_no_study_is_read_from_elsewhere(tmp_path: Path) -> None:
    kept(tmp_path, content("c"), name="../../outside")
    notes: list[str] = []
    assert studies.read(tmp_path, "../outside", notes) is None
    assert studies.read(tmp_path, "uci/\0", notes) is None
    assert notes == []


def test_each_step_says_what_it_bought_and_whether_that_is_chance(tmp_path: Path) -> None:
    text, shown = made(tmp_path, DRAWN)
    rungs = shown["ladder"]
    assert [rung.name for rung in rungs] == ["mean", "linear", "boosting", "mlp"]
    assert (rungs[0].gain, rungs[0].chance) == ("", "")
    assert rungs[1].chance == "p\u00a0<\u00a00.001"
    assert rungs[3].chance.startswith("may be chance, p\u00a0=\u00a0")
    (table,) = re.findall(r'<table class="steps">.*?</table>', text, re.DOTALL)
    assert text_of(table).startswith(
        "Gain of each entry over the one before, from the weakest to the best"
    )
    assert "Paired t-test over the splits or folds both have" in text


def test_steps_between_equal_or_lonely_scores_claim_nothing(tmp_path: Path) -> None:
    drawn = {
        "mean": (16.0, 0.0, {"floor": True}),
        "linear": (10.0, 0.0, {}),
        "same": (10.0, 0.0, {}),
        "mlp": (9.0, 0.0, dict(synthetic.HEADLINE)),
    }
    _, shown = made(tmp_path, drawn)
    by_name = {rung.name: rung for rung in shown["ladder"]}
    assert by_name["mlp"].chance in ("the same in all repeats", "p\u00a0<\u00a00.001")
    equal = next(rung for rung in shown["ladder"] if rung.gain == "none")
    assert equal.chance == ""


def test_ideas_are_worth_the_score_with_them_minus_that_without(tmp_path: Path) -> None:
    wide, deep = {"adds_to": "linear", "idea": "width"}, {"adds_to": "wide", "idea": "depth"}
    drawn = {
        "linear": (10.3, 0.6, {"values": {}}),
        "wide": (4.7, 0.6, {"values": wide}),
        "deep": (4.7, 0.6, {"values": deep}),
        "lost": (4.7, 0.6, {"values": {"adds_to": "never-trained", "idea": "hope"}}),
        "mlp": (4.69, 0.6, dict(synthetic.HEADLINE)),
    }
    text, shown = made(tmp_path, drawn)
    lines = {line.name: line for line in shown["ideas"].lines}
    assert lines.keys() == {"width", "depth"}  # without a score beside it there is no gain
    width, depth = lines["width"], lines["depth"]
    assert (width.entry, width.without) == ("wide", "linear")
    means = {entry["name"]: entry["score"]["mean"] for entry in shown["entries"]}
    assert width.gain.startswith(f"+{means['linear'] - means['wide']:.1f}")  # errors: less is more
    low, high = map(float, width.interval.replace("\u2212", "-").split(" to "))
    assert low < means["linear"] - means["wide"] < high
    assert low > 4
    low, high = map(float, depth.interval.replace("\u2212", "-").split(" to "))
    assert low < 0 < high
    assert "What each idea is worth" in text


def test_a_page_without_ideas_does_not_speak_of_them(tmp_path: Path) -> None:
    text, shown = made(tmp_path, DRAWN)
    assert shown["ideas"] is None
    assert "What each idea is worth" not in text


class Words(HTMLParser):
    """The words of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def text_of(html: str) -> str:
    words = Words()
    words.feed(html)
    return " ".join("".join(words.found).split())
