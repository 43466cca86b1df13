"""SMS Spam Collection (UCI 228): the authors' split, and ten folds three times."""

from __future__ import annotations

from dataclasses import replace

from benchmarks import Benchmark, benchmark
from benchmarks.data import Source, official_file
from benchmarks.data.readers.texts import labelled_lines
from benchmarks.definition import Entry
from benchmarks.detection import blocked, caught, mcc
from benchmarks.entries import average, majority
from benchmarks.entries.text.classical import text_classifiers
from benchmarks.entries.text.encoding import Tokens
from benchmarks.entries.text.networks import text_network
from benchmarks.metrics import accuracy
from benchmarks.protocols import MLM_CV, OTHER_REPEATS, SMS_FIRST_30
from benchmarks.scorers import scorer
from benchmarks.training.recipe import Recipe

MESSAGES = 5574
AUTHORS_TRAIN = 1674
"""Lines of the authors' training part: 30 %, rounded up."""


def messages(train_rows: int | None) -> Source:
    """The published file, with the authors' training part marked or not."""
    return official_file(
        "SMSSpamCollection",
        "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip",
        "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
        labelled_lines({"ham": "ham", "spam": "spam"}, label="first", train_rows=train_rows),
        title="SMS Spam Collection (UCI 228)",
        page="https://archive.ics.uci.edu/dataset/228/sms+spam+collection",
        licence="CC BY 4.0",
        citation="almeida2011sms",
        rows=MESSAGES,
        features=(),
    )
