"""The strip: what its axis holds, where it is broken, and what is no more than a tick."""

from __future__ import annotations

import pytest

from portfolio.page.figures import Axis, Item, Role, axis_of, spark, strip


def item(value: float, role: Role, low: float | None = None, high: float | None = None) -> Item:
    """A score on the strip, labelled by its role."""
    return Item(role, value, f"{value:g}", role, low, high)


def test_the_axis_is_broken_for_trivial_baselines_alone() -> None:
    """A far-off reference stays on the axis; a trivial baseline as far off does not."""
    near = [item(1.0, "headline"), item(1.2, "world-class")]
    far = axis_of([*near, item(4.0, "classical-baseline")])
    assert 0 <= far.place(4.0) <= 1
    assert not far.cut_high
    broken = axis_of([*near, item(4.0, "trivial-baseline")])
    assert broken.place(4.0) > 1
    assert broken.cut_high
    assert not broken.cut_low


def test_errors_far_apart_are_drawn_by_their_logarithm() -> None:
    """One reference ten times as far off leaves the others apart, for errors and accuracies."""
    errors = [item(1.0, "headline"), item(1.1, "good"), item(11.0, "classical-baseline")]
    axis = axis_of(errors, "min", 0.0)
    assert axis.perfect == 0.0
    assert axis.place(1.1) - axis.place(1.0) > 0.03
    assert [label for _, label in axis.ticks(6)] == ["1", "2", "5", "10"]
    rates = [item(99.0, "headline"), item(98.5, "good"), item(60.0, "classical-baseline")]
    axis = axis_of(rates, "max", 100.0)
    assert axis.place(60.0) < axis.place(98.5) < axis.place(99.0)
    assert [label for _, label in axis.ticks(6)] == ["80", "90", "95", "98", "99"]


@pytest.mark.parametrize("better", ["min", "max"])
def test_a_score_without_error_keeps_the_axis_linear(better: str) -> None:
    """The logarithm of no error has no place."""
    perfect = 0.0 if better == "min" else 100.0
    other = 50.0
    items = [item(perfect, "headline"), item(other, "classical-baseline")]
    axis = axis_of(items, better, perfect)  # type: ignore[arg-type]
    assert axis.perfect is None
    assert all(0 <= axis.place(one.value) <= 1 for one in items)


def test_the_best_published_under_other_conditions_widens_the_axis() -> None:
    """The best of them is on the axis; one on another scale altogether is not."""
    own = [item(14.0, "headline"), item(16.0, "classical-baseline")]
    axis = axis_of(own, "min", None, [item(12.0, "good"), item(90.0, "good")])
    assert 0 <= axis.place(12.0) <= 1
    assert axis.place(90.0) > 1
    assert axis_of(own, "min", None, [item(-400.0, "good")]).place(-400.0) < 0


def test_ticks_say_how_many_scores_the_axis_does_not_hold() -> None:
    """The lane counts all, names each tick, and says how many lie beyond."""
    own, others = [item(14.0, "headline"), item(16.0, "good")], [item(13.0, "good")]
    others.append(Item("Far <away>", 90.0, "90", "good"))
    drawing = strip(own, caption="RMSE", better="min", name="a", title="t", others=others)
    assert "published under other conditions" in drawing
    assert "2, 1 beyond" in drawing
    assert drawing.count('class="other"') == 1
    assert "2 published under other conditions, from 13 to 90." in drawing
    assert 'class="other"' in spark(own, title="t", others=others)
    assert 'class="other"' not in spark(own, title="t")


def test_an_interval_beyond_the_perfect_score_ends_at_the_edge() -> None:
    """A logarithmic axis has no place for the lower end of an interval below zero."""
    own = [item(1.0, "headline", -0.5, 2.5), item(11.0, "classical-baseline")]
    assert axis_of(own, "min", 0.0).perfect == 0.0
    assert Axis(0, 1, perfect=0.0).place(-0.5) < -100
    drawing = strip(own, caption="RMSE", better="min", name="a", title="t", perfect=0.0)
    assert 'class="ci-headline" d="M290.0 ' in drawing


@pytest.mark.parametrize("text", ["0.289 per 1000", "0.289\u202fMPa", "0.289"])
def test_values_beside_the_strip_leave_the_unit_to_the_axis(text: str) -> None:
    own = [Item("net", 0.289, text, "headline"), item(0.5, "good")]
    drawing = strip(own, caption="RMSE, MPa", better="min", name="a", title="t")
    assert 'text-anchor="end">0.289</text>' in drawing
