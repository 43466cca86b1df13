"""Definitions as plain JSON values: what a record says about itself."""

from __future__ import annotations

import dataclasses
from typing import Any

from benchmarks.data import Loaded
from benchmarks.definition import Benchmark, Entry, Metric


def benchmark_facts(benchmark: Benchmark) -> dict[str, Any]:
    """The benchmark block of a record."""
    protocol = benchmark.protocol
    return {
        "name": benchmark.name,
        "family": benchmark.family,
        "task": benchmark.task,
        "question": benchmark.question,
        "suite": benchmark.suite,
        "metric": metric_facts(benchmark.metric),
        "also": [metric_facts(metric) for metric in benchmark.also],
        "protocol": {
            field.name: getattr(protocol, field.name)
            for field in dataclasses.fields(protocol)
            if field.name != "splits"
        },
        "margin": benchmark.margin,
        "margin_why": benchmark.margin_why,
        "lessons": benchmark.lessons,
        "deprecated": benchmark.deprecated,
    }


def metric_facts(metric: Metric) -> dict[str, str]:
    """A metric in a record: what its numbers are."""
    return {"name": metric.name, "unit": metric.unit, "direction": metric.direction}


def entry_facts(entry: Entry) -> dict[str, Any]:
    """The entry block of a record."""
    skipped = ("fit", "values", "protocol")
    fields = [field.name for field in dataclasses.fields(entry) if field.name not in skipped]
    return {
        **{name: getattr(entry, name) for name in fields},
        "values": dict(entry.values),
        "protocol": dict(entry.protocol),
    }


def data_facts(benchmark: Benchmark, loaded: Loaded) -> dict[str, Any]:
    """The data block of a record, but for the rows of the repeat."""
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
        "deviations": [dataclasses.asdict(deviation) for deviation in loaded.deviations],
        "classes": len(dataset.class_names),
        "class_names": list(dataset.class_names),
        "facts": dict(dataset.facts),
    }
