"""Checks of a benchmark's headline: passed, noted, or muted by its definition with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runners import formatting
from runners.records import findings
from runners.records.findings import Balance, DataFindings, ImageDuplicates, NetworkFindings
from runners.records.record import Record
from runners.results.access import headline_of, metric_of
from runners.results.types import BenchmarkResult, CheckResult, EntryResult, Results

GAP = 2.0
"""Times its training error from which a test error is noted."""
SLOWER = 10.0
"""Times the time of the best classical baseline from which a network that is no better is noted."""
FEWEST_SECONDS = 1.0
"""Training times below it are start-up and noise."""
REPEATED = 0.01
"""Share of test rows among the training rows from which it is noted."""
UNEVEN = 0.5
"""Part of an even share below which the rarest class is noted."""
TELLING = 0.99
"""Score of a tree on one feature alone from which the feature is suspected to hold the target."""

Finding = tuple[str, bool, str]
"""Code, whether it is to be noted, and the finding in a sentence."""


def add(benchmark: BenchmarkResult, entries: Mapping[str, Sequence[Record]], runs: Path) -> None:
    """Add to the headline what its exhibits say of its network, and its checks.

    `entries` are the benchmark's newest records, `runs` is the folder of the runs. What no record
    and no exhibit allows to check is left out.
    """
    headline, data = headline_of(benchmark), benchmark["data"]
    if headline is None or not headline["score"] or data is None:
        return
    name, digest = benchmark["name"], data["digest"]
    network = findings.read(NetworkFindings, runs, name, "network.json")
    if network and (network["entry"], network["recipe"], network["digest"]) == (
        headline["name"],
        headline["recipe"][:16],
        digest,
    ):
        headline["train_score"] = network["train_score"]
        headline["model_bytes"] = network["bytes"]
        headline["network_ms_a_row"] = network["ms_a_row"]
    records = entries.get(headline["name"], ())
    muted = records[-1]["benchmark"].get("muted", {}) if records else {}
    found = [
        *_gap(benchmark, headline),
        *_trivial(benchmark, headline),
        *_classical(benchmark, headline),
        *_rows(benchmark, runs, digest),
    ]
    headline["checks"] = [_check(*one, muted) for one in found]


def noted(summary: Results) -> str:
    """The checks that found something, as one line for the terminal; "" where none did."""
    parts = []
    for benchmark in summary["benchmarks"]:
        headline = headline_of(benchmark)
        checks = headline.get("checks", []) if headline else []
        codes = [check["code"] for check in checks if check["state"] == "noted"]
        if codes:
            parts.append(f"{benchmark['name']} {', '.join(codes)}")
    if not parts:
        return ""
    return f"Checks noted: {formatting.first_few(parts, 6)}; the pages say why."


def _check(code: str, found: bool, why: str, muted: Mapping[str, str]) -> CheckResult:
    if found and code in muted:
        return {"code": code, "state": "muted", "why": why, "reason": muted[code]}
    return {"code": code, "state": "noted" if found else "passed", "why": why}


def _gap(benchmark: BenchmarkResult, headline: EntryResult) -> Iterator[Finding]:
    """The error of the kept network on its training rows against that on test rows."""
    train, score, metric = headline["train_score"], headline["score"], metric_of(benchmark)
    fraction = formatting.is_fraction(metric)
    if train is None or score is None or not (fraction or metric["direction"] == "min"):
        return
    errors = [1 - train, 1 - score["mean"]] if fraction else [train, score["mean"]]
    margin = benchmark["margin"] or 0.0
    large = errors[1] > GAP * errors[0] and errors[1] - errors[0] > margin
    label = formatting.metric_label(metric)
    texts = [formatting.mean_text({**score, "mean": one}, metric) for one in (train, score["mean"])]
    yield (
        "train-test-gap",
        large,
        f"{label[:1].upper()}{label[1:]} {texts[0]} on the training rows of the kept network, "
        f"{texts[1]} on test rows (mean over all repeats).",
    )


def _trivial(benchmark: BenchmarkResult, headline: EntryResult) -> Iterator[Finding]:
    """Against the trivial baselines trained here."""
    floors = {entry["name"] for entry in benchmark["entries"] if entry["floor"]}
    verdicts = [one for one in headline["verdicts"] if one["baseline"] in floors]
    level = benchmark["level"] == "none"
    not_better = [one["baseline"] for one in verdicts if one["outcome"] != "better"]
    if not verdicts:
        return
    why = f"Shown to be better than {formatting.listed(sorted(floors))}."
    if not_better:
        why = f"Not shown to be better than {formatting.listed(not_better)}."
    elif level and benchmark["level_why"]:
        why = benchmark["level_why"]
    yield "trivial", bool(not_better) or level, why


def _classical(benchmark: BenchmarkResult, headline: EntryResult) -> Iterator[Finding]:
    """Against the best classical baseline: its score, then its time."""
    gain = benchmark["deep_learning"]
    best = next(
        (one for one in benchmark["entries"] if gain and one["name"] == gain["reference"]), None
    )
    if gain is None or best is None or best["floor"]:
        return
    metric = metric_of(benchmark)
    size = formatting.amount(abs(gain["difference"]), metric)
    ahead = (gain["difference"] > 0) == (metric["direction"] == "max")
    side = f"The mean is {size} {'ahead of' if ahead else 'behind'} {best['name']}"
    if gain["outcome"] == "worse":
        yield "classical-score", True, f"{side}, which is shown to be better."
    else:
        shown = {"better": ", which is shown"}.get(gain["outcome"], "; worse is not shown")
        yield "classical-score", False, f"{side}{shown}."
    ours, theirs = headline["seconds"], best["seconds"]
    if not ours or not theirs:
        return
    slow = ours > FEWEST_SECONDS and ours > SLOWER * theirs and gain["outcome"] != "better"
    yield (
        "classical-time",
        slow,
        f"Training takes {formatting.duration(ours)}, that of {best['name']} "
        f"{formatting.duration(theirs)}"
        + (", and the score is not shown to be better." if slow else "."),
    )


def _rows(benchmark: BenchmarkResult, runs: Path, digest: str) -> Iterator[Finding]:
    """Rows that occur on both sides of a split, classes that are rare, features that tell all."""
    name = benchmark["name"]
    found = findings.read(DataFindings, runs, name, "checks.json")
    protocol = benchmark["protocol"]
    if found and (found["digest"], found["protocol"]) != (digest, protocol and protocol["id"]):
        found = None
    images = findings.read(ImageDuplicates, runs, name, "results.json")
    repeated = found["repeated"] if found else None
    how = "have the inputs of a training row"
    if images and images["digest"] == digest:
        repeated = images["duplicates"]["rows"] / max(images["errors"]["tested"], 1)
        how = "nearly repeat a training image"
    if repeated is not None:
        share = f"{formatting.per_cent(repeated)} of the" if repeated else "None of the"
        yield "duplicates", repeated >= REPEATED, f"{share} test rows {how}."
    classes = findings.read(Balance, runs, name, "data.json")
    if classes and classes["digest"] == digest and len(classes["balance"]) > 1:
        rows = {one["name"]: one["rows"] for one in classes["balance"]}
        rarest, even = min(rows, key=lambda one: rows[one]), 1 / len(rows)
        part = rows[rarest] / max(sum(rows.values()), 1)
        yield (
            "imbalance",
            part < UNEVEN * even,
            f"{rarest} has {formatting.per_cent(part)} of the rows; an even share would be "
            f"{formatting.per_cent(even)}.",
        )
    if found and found["single"]:
        single = found["single"]
        measure = "balanced accuracy" if benchmark["task"] == "classification" else "R²"
        value = formatting.per_cent(single["score"])
        yield (
            "leak",
            single["score"] >= TELLING,
            f"A decision tree on {single['name']} alone has a cross-validated {measure} of "
            f"{value if measure != 'R²' else formatting.fixed(single['score'], 3)}.",
        )
