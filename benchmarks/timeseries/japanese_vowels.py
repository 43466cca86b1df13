"""Japanese vowels (UCI 128, UEA archive): nine speakers by how they say /ae/, lengths 7 to 29."""

from __future__ import annotations

from benchmarks import Benchmark, benchmark
from benchmarks.data import ucr
from benchmarks.entries import classifiers, majority, minirocket, nearest, warped_neighbour
from benchmarks.metrics import accuracy
from benchmarks.protocols import JAPANESE_VOWELS
from benchmarks.training.recipe import Recipe


@benchmark("timeseries/japanese-vowels", suite="standard")
def japanese_vowels() -> Benchmark:
    """12 cepstrum coefficients a step, 270 utterances to learn from, 370 to be judged on."""
    return Benchmark(
        question="Which of nine men says these two vowels?",
        task="classification",
        data=ucr(
            "JapaneseVowels",
            train=270,
            test=370,
            length=29,
            shortest=7,
            channels=12,
            classes=tuple(f"speaker {number}" for number in range(1, 10)),
            title="JapaneseVowels (UCI 128, UEA archive 2018)",
            licence="CC BY 4.0",
            citation="kudo1999vowels",
            digest="sha256:1412ab96174238b072a17cbfa4cbb8afe792192363662835ada108576ded93c3",
        ),
        protocol=JAPANESE_VOWELS,
        metric=accuracy(),
        entries=[
            majority(),
            nearest(1),
            warped_neighbour(windows=(1.0,)),
            minirocket(),
            *classifiers(
                Recipe(epochs=60, batch_size=16, learning_rate=3e-3, schedule="one-cycle"),
                gru_units=64,
                masking=True,
                inputs="raw",
                members=3,
                tuned="3 networks by 5-fold cross-validation of the training rows",
            ),
        ],
        anchor="vowels-resnet",
        anchor_why=(
            "the deep-learning review's residual network: ten runs, public code, no setting chosen "
            "for this set; its plain FCN, the anchor elsewhere, is the best score published here"
        ),
        power_why=(
            "one of 370 test utterances is the margin, for which it would take 52 seeds, half "
            "an hour's training; five are as many as the archive's other sets have"
        ),
        lessons="Lengths differ fourfold: padding has to be masked, not learnt from.",
        seconds=70,
    )
