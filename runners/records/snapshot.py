"""Definitions as plain JSON values: the blocks of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.data import Loaded
from benchmarks.definition import Benchmark, Entry, Metric, Protocol

if TYPE_CHECKING:
    from runners.records.record import (
        BenchmarkFacts,
        EntryFacts,
        MetricFacts,
        ProtocolFacts,
        SourceFacts,
    )


def benchmark_facts(benchmark: Benchmark) -> BenchmarkFacts:
    """The benchmark block of a record."""
    return {
        "name": benchmark.name,
        "family": benchmark.family,
        "task": benchmark.task,
        "question": benchmark.question,
        "suite": benchmark.suite,
        "metric": metric_facts(benchmark.metric),
        "also": [metric_facts(metric) for metric in benchmark.also],
        "protocol": protocol_facts(benchmark.protocol),
        "margin": benchmark.margin,
        "margin_why": benchmark.margin_why,
        "anchor": benchmark.anchor,
        "anchor_why": benchmark.anchor_why,
        "muted": dict(benchmark.muted or {}),
        "lessons": benchmark.lessons,
        "matters": benchmark.matters,
        "decision": benchmark.decision,
        "deprecated": benchmark.deprecated,
    }


def metric_facts(metric: Metric) -> MetricFacts:
    """A metric in a record: what its numbers are."""
    return {"name": metric.name, "unit": metric.unit, "direction": metric.direction}


def protocol_facts(protocol: Protocol) -> ProtocolFacts:
    """A protocol in a record: its fields, without the function that splits."""
    return {
        "id": protocol.id,
        "title": protocol.title,
        "source": protocol.source,
        "split": protocol.split,
        "repeats": protocol.repeats,
        "unit": protocol.unit,
        "seeds": protocol.seeds,
        "spread": protocol.spread,
        "fitted_on": protocol.fitted_on,
        "selection": protocol.selection,
        "tuning": protocol.tuning,
        "augmented_test": protocol.augmented_test,
        "extra_data": protocol.extra_data,
    }


def entry_facts(entry: Entry) -> EntryFacts:
    """The entry block of a record."""
    return {
        "name": entry.name,
        "kind": entry.kind,
        "about": entry.about,
        "values": dict(entry.values),
        "headline": entry.headline,
        "floor": entry.floor,
        "suite": entry.suite,
        "stack": entry.stack,
        "repeats": entry.repeats,
        "seeded": entry.seeded,
        "threads": entry.threads,
        "protocol": dict(entry.protocol),
        "seconds": entry.seconds,
        "reruns": entry.reruns,
    }


def source_facts(benchmark: Benchmark, loaded: Loaded) -> SourceFacts:
    """The data block of a record, without the rows of the repeat."""
    source, dataset = benchmark.data, loaded.dataset
    shape = dataset.x.shape[1:]
    return {
        "title": source.title,
        "url": source.url,
        "licence": source.licence,
        "citation": source.citation,
        "rows": len(dataset.y),
        "features": shape[0] if len(shape) == 1 else list(shape),
        "digest": dataset.digest,
        "copy": loaded.copy,
        "official": loaded.official,
        "files": dict(loaded.files),
        "deviations": [
            {"what": deviation.what, "bound": deviation.bound} for deviation in loaded.deviations
        ],
        "classes": len(dataset.class_names),
        "class_names": list(dataset.class_names),
        "facts": dict(dataset.facts),
    }
