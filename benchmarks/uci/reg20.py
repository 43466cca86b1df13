"""The nine UCI regression sets of Hernández-Lobato and Adams, judged together."""

from __future__ import annotations

from benchmarks import Collection, collection


@collection("uci/reg20")
def reg20() -> Collection:
    """Nine tables that papers on uncertainty in deep learning have reported since 2015."""
    return Collection(
        title="UCI regression, nine tables",
        question="How does the network rank across the nine regression tables of the literature?",
        protocol=(
            "20 random 90/10 splits a table, 5 for protein; the mean over the splits of the test "
            "error in the target's unit and of the test log-likelihood"
        ),
        why=(
            "the sets that Hernández-Lobato and Adams (2015) chose, with the splits that Gal and "
            "Ghahramani (2016) published; the tenth, Year Prediction MSD, is left out for its size"
        ),
        members=[
            "uci/boston",
            "uci/concrete",
            "uci/energy",
            "uci/kin8nm",
            "uci/naval",
            "uci/power",
            "uci/protein",
            "uci/wine-red",
            "uci/yacht",
        ],
        metrics=["rmse", "log_likelihood"],
        despite={
            "split": (
                "random 90/10 splits of its own are drawn as ours are, so that which rows they "
                "test averages out over splits and tables"
            )
        },
        citation="gal2016dropout",
    )
