"""The sets of the UCR archive that are benchmarks here, judged together."""

from __future__ import annotations

from benchmarks import Collection, collection


@collection("timeseries/ucr")
def ucr() -> Collection:
    """Nine of the archive's 128 sets, those at hand."""
    return Collection(
        title="UCR archive, nine sets",
        question="How does the network rank across nine data sets of the UCR archive?",
        protocol="the archive's own training and test files; the mean accuracy over training seeds",
        why="the sets of the archive's 128 whose files are at hand, none left out for its scores",
        members=[
            "timeseries/acsf1",
            "timeseries/arrowhead",
            "timeseries/beef",
            "timeseries/cbf",
            "timeseries/coffee",
            "timeseries/ecg200",
            "timeseries/gunpoint",
            "timeseries/italy-power-demand",
            "timeseries/osuleaf",
        ],
        citation="dau2019ucr",
    )
