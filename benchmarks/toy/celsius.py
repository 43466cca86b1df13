"""From degrees Celsius to degrees Fahrenheit with one neuron, for the first hour.

The data is exact: it follows from the definition of the two scales, °F = 1.8 × °C + 32, and no
thermometer was read. So everybody knows what the neuron has to find, a weight of 1.8 and a bias of
32, and can see whether it does. It is handed the degrees as they are, not standardised: dividing
them by their spread beforehand would have given most of the answer away.
"""

from benchmarks import Benchmark, benchmark
from benchmarks.data.toy import temperature_scales
from benchmarks.entries import from_scratch, linear, mean, neuron
from benchmarks.entries.lessons.networks import perceptron
from benchmarks.metrics import rmse
from benchmarks.protocols import REG5
from benchmarks.training.recipe import Recipe

RECIPE = Recipe(epochs=200, batch_size=16, learning_rate=0.1, schedule="cosine")


@benchmark("toy/celsius", suite="quick")
def celsius() -> Benchmark:
    """141 whole degrees, computed."""
    return Benchmark(
        question="Can one neuron find out how Fahrenheit follows from Celsius?",
        task="regression",
        data=temperature_scales(-40, 100),
        protocol=REG5,
        metric=rmse("°F"),
        entries=[
            mean(),
            linear(),
            neuron("neuron", RECIPE, inputs="raw", headline=True),
            from_scratch(
                "neuron-from-scratch", perceptron([]), RECIPE, inputs="raw", beside="neuron"
            ),
        ],
        anchor="celsius-definition",
        anchor_why="the exact answer, known from the definition of the scales",
        margin=0.01,
        margin_why="the anchor is without error; a tenth of the last digit a thermometer shows",
        muted={
            "leak": "the target is defined by its only feature",
            "classical-time": "gradient descent is shown at work; least squares needs one step",
        },
        lessons=(
            "The data is computed from the definition of the scales, not measured, so the exact "
            "answer is known: 1.8 and 32. Least squares finds it in one step; gradient descent "
            "creeps up on it, and stops at the precision of 32-bit numbers.\n\n"
            "Nothing can be better than the definition, and to reproduce it is no feat: this is "
            "the place to change a learning rate and watch what happens."
        ),
        seconds=2,
    )
