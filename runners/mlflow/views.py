"""The tables and charts that an experiment opens with, as MLflow's "Share" button stores them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

HEADLINES, ENTRIES, TRIALS = "kerasfolio", "kerasfolio-entries", "kerasfolio-trials"
"""Names of the views in MLflow's addresses: `viewStateShareKey`."""
COLUMNS = {
    "tags.`headline`": 96,
    "tags.`verdict`": 116,
    "tags.`level`": 84,
    "tags.`metric`": 106,
    "metrics.`score`": 84,
    "metrics.`skill`": 56,
    "attributes.`Dataset`": 148,
}
"""Columns of the headlines, with widths in pixels: beside a run's name and date 1,440 hold them."""
ENTRY_COLUMNS = {
    "tags.`score`": 140,
    "tags.`interval`": 110,
    "tags.`published`": 130,
    "tags.`verdict`": 120,
    "tags.`level`": 84,
}
BY_BENCHMARK = "tags.`kerasfolio.benchmark`"
BY_DATE = "attributes.start_time"
"""The only order in which MLflow draws runs below their parents."""
CHARTS = "kerasfolio"


def tags() -> dict[str, str]:
    """Tags of an experiment that hold its views: headlines, all entries, and trials below them."""
    views = {
        HEADLINES: _view(COLUMNS, "tags.`kerasfolio.headline` = 'true'", BY_BENCHMARK),
        ENTRIES: _view(ENTRY_COLUMNS, "tags.`kerasfolio.entry` != ''", BY_BENCHMARK),
        TRIALS: _view(COLUMNS, "", BY_DATE),
    }
    return {f"mlflow.sharedViewState.{name}": json.dumps(view) for name, view in views.items()}


def _view(columns: Mapping[str, int], search: str, order: str) -> dict[str, Any]:
    return {
        "selectedColumns": list(columns),
        "columnOrder": list(columns),
        "columnWidths": dict(columns),
        "searchFilter": search,
        "orderByKey": order,
        "orderByAsc": order != BY_DATE,
        "runListHidden": False,
        "runsHiddenMode": "SHOW_ALL",
        "isAccordionReordered": True,  # else sections are in the order of their names
        "compareRunSections": [
            {"uuid": CHARTS, "name": "Headlines", "display": True, "isReordered": True},
        ],
        "compareRunCharts": [
            _bar("skill", "Skill: 0 is the trivial baseline, 1 the best published score"),
            _bar("seconds", "Seconds of training"),
            {
                **_chart("SCATTER", "seconds-skill"),
                "xaxis": {"key": "seconds", "type": "METRIC"},
                "yaxis": {"key": "skill", "type": "METRIC"},
                "runsCountToCompare": 100,
            },
            {
                **_chart("LINE", "curves-loss"),
                "metricKey": "curves/loss",
                "selectedMetricKeys": ["curves/loss"],
                "displayName": "Training loss, median of the trials",
                "xAxisKey": "step",
                "xAxisScaleType": "linear",
                "scaleType": "log",
                "useGlobalXaxisKey": True,
                "useGlobalLineSmoothing": True,
                "lineSmoothness": 0,
                "range": {},
                "yAxisKey": "metric",
                "yAxisExpressions": [],
            },
        ],
    }


def _bar(metric: str, title: str) -> dict[str, Any]:
    return {
        **_chart("BAR", metric),
        "metricKey": metric,
        "dataAccessKey": metric,
        "displayName": title,
        "runsCountToCompare": 50,
    }


def _chart(kind: str, name: str) -> dict[str, Any]:
    return {
        "uuid": f"{CHARTS}-{name}",
        "type": kind,
        "metricSectionId": CHARTS,
        "deleted": False,
        "isGenerated": False,
    }
