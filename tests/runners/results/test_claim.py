"""The sentence on top of the page: what is counted, and that nothing is rounded up."""

from __future__ import annotations

from typing import Any

import pytest

from runners.results import claim as claims
from runners.results.claim import NOTHING, achieved, claim, levels, rest, share


def row(outcome: str, published: bool = True, **other: Any) -> Any:
    """What the claim reads of a row of the scoreboard, and the skill of its benchmark."""
    facts = {"n": 5, "status": "done", "benchmark": "uci/wine", "skill": 0.9}
    facts |= {"gain_over": None, "gain_outcome": "none"} | other
    return facts | {"outcome": outcome, "published_by": "someone" if published else None}


def joined(outcome: str | None, tasks: str, status: str = "done") -> Any:
    """What the claim reads of a collection; each letter of `tasks` is a task."""
    return {
        "name": f"uci/{tasks}",
        "outcome": outcome,
        "status": status,
        "statement": "Over 2 tasks …",
        "tasks": [{"name": task} for task in tasks],
    }


@pytest.fixture
def summary(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A summary of such rows and collections."""

    def made(rows: list[Any], *collections: Any) -> Any:
        class Row:
            def __init__(self, facts: Any) -> None:
                self.__dict__.update(facts)

        drawn = [Row(one) for one in rows]
        monkeypatch.setattr(claims, "scoreboard_rows", lambda _: drawn)
        benchmarks = [
            {
                "name": one["benchmark"],
                "skill": one["skill"] and {"value": one["skill"]},
                "entries": [1] * bool(one["n"]),
                "level": "good",
            }
            for one in rows
        ]
        return {"benchmarks": benchmarks, "collections": list(collections)}

    return made


TO_IT = "from a trivial baseline to it"
BEST = "the best comparable published score"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row("better"), row("reproduced"), row("worse"), row("none", False, n=0)],
         f"2 of 3 benchmarks reproduce or beat {BEST}; the median is 90 % of the way {TO_IT}."),
        ([row("better"), row("at-least-as-good"), row("worse"), row("inconclusive")],
         f"1 of 4 benchmarks reproduces or beats {BEST} and 1 more is at least as good; the median "
         f"is 90 % of the way {TO_IT}."),
        ([row("at-least-as-good", skill=None), row("worse", skill=None)],
         f"1 of 2 benchmarks is at least as good as {BEST}."),
        ([row("worse", skill=0.9999)],
         "The one benchmark with a comparable published score does not reach it yet; the score is "
         f"99 % of the way {TO_IT}."),
        ([row("at-least-as-good", skill=None)],
         "The one benchmark with a comparable published score is at least as good as it."),
        ([row("reproduced", skill=None)],
         "The one benchmark with a comparable published score reproduces or beats it."),
        ([row("better"), row("reproduced", skill=None)],
         f"All 2 benchmarks reproduce or beat {BEST}; the median of 1 is 90 % of the way {TO_IT}."),
        ([row("worse"), row("not-comparable", False), row("better", benchmark="toy/celsius")],
         "The one benchmark with a comparable published score does not reach it yet; the score is "
         f"90 % of the way {TO_IT}."),
        ([row("better", benchmark="toy/celsius")], "Only the toy benchmarks have a score yet."),
        ([row("none", False)], "1 of 1 benchmark has a score; none has a comparable published"),
        ([row("none", False, gain_over="trees", gain_outcome="better"),
          row("none", False, gain_over="trees", gain_outcome="worse")],
         "1 of 2 networks is better than the best classical baseline; none has a comparable"),
        ([row("none", False, n=0, status="skipped")], "No benchmark has a score yet."),
        ([], "Nothing has been run yet."),
    ],
)  # fmt: skip
def test_the_claim_is_counted_and_never_rounded_up(
    summary: Any, rows: list[Any], sentence: str
) -> None:
    assert claim(summary(rows)).replace("\u202f", " ").startswith(sentence)


def test_collections_are_counted_once(summary: Any) -> None:
    whole, part = joined("at-least-as-good", "abcd", "partial"), joined("better", "ab")
    other, unjudged = joined("worse", "xyz"), joined(None, "pq")
    found = summary([], whole, part, other, unjudged)
    assert claim(found) == (
        "1 of 2 collections of tasks, as far as trained, is at least as good as the best "
        "published method."
    )
    expected = {"collections": 2, "collections_passed": 1, "collections_unfinished": 1}
    assert achieved(found) == NOTHING | expected
    assert claim(summary([], other)).startswith("None of 1 collection of tasks is")
    assert claim(summary([], unjudged)) == "Over 2 tasks …"


def test_toy_benchmarks_count_nowhere(summary: Any) -> None:
    toy = row("better", benchmark="toy/celsius")
    assert levels(summary([toy])) == []
    assert levels(summary([toy, row("worse")])) == [("good", 1)]
    assert rest(summary([toy | {"outcome": "worse"}])) == ""


def test_what_the_claim_leaves_out_is_said(summary: Any) -> None:
    rows = [row("worse"), row("worse"), row("inconclusive"), row("not-comparable", False)]
    rows += [row("none", False, n=0, status="failed"), row("none", False, n=0, status="skipped")]
    assert rest(summary(rows)) == (
        "2 fall short of the published score, 1 is inconclusive so far, 1 has only scores obtained "
        "in another way, 1 failed and 1 is skipped."
    )


@pytest.mark.parametrize(
    ("skill", "decimals", "text"),
    [(0.9999, 0, "99 %"), (0.9999, 1, "99.9 %"), (1.0, 1, "100.0 %"), (0.57, 0, "57 %")],
)
def test_a_share_is_never_rounded_up(skill: float, decimals: int, text: str) -> None:
    assert share(skill, decimals).replace("\u202f", " ") == text
