"""The published protocols: which rows train and test, how often, and what else must be equal.

A protocol is a value; its facts are compared field by field with those of a published score
(`benchmarks.published.comparability.departures`). `PROTOCOLS` finds one by its id.
"""

from __future__ import annotations

from benchmarks.definition import Protocol
from benchmarks.protocols import images, series, tables, texts
from benchmarks.protocols.images import CIFAR_STD, FASHION_OFFICIAL, MNIST_OFFICIAL
from benchmarks.protocols.series import (
    AIR_QUALITY_CHRONOLOGICAL,
    AIRLINE_96,
    APPLIANCES_CHRONOLOGICAL,
    ETT_HOURLY,
    ETT_HOURLY_LONG,
    ETT_MINUTE,
    EXCHANGE,
    HAR_OFFICIAL,
    ILI,
    ILI_WHOLE_BATCHES,
    JAPANESE_VOWELS,
    MINTEMP_LAST2,
    MONTHLY_SUNSPOT,
    PM25_FIRST_YEAR,
    SHAMPOO_LAST12,
    SUNSPOT_1921,
    UCR2018,
    UEA2018,
    WEATHER,
)
from benchmarks.protocols.splits import (
    chronological,
    official_split,
    rolling_origins,
)
from benchmarks.protocols.tables import (
    ADULT_OFFICIAL,
    LETTER_16K4K,
    MLM_CV,
    MLM_CV_REGRESSION,
    OPTDIGITS_OFFICIAL,
    PENDIGITS_OFFICIAL,
    REG5,
    REG20,
    UCI121_FILE,
    UCI121_FOLDS,
    with_seeds,
)
from benchmarks.protocols.texts import (
    IMDB_OFFICIAL,
    REUTERS_KERAS,
    SMS_FIRST_30,
)
from benchmarks.protocols.vocabulary import (
    AUGMENTATIONS,
    FACTS,
    LEAK_FREE,
    NOT_STATED,
    OTHER_REPEATS,
    SELECTIONS,
    TUNINGS,
    facts,
    same_fact,
    stated,
)

PROTOCOLS: dict[str, Protocol] = {
    protocol.id: protocol
    for module in (tables, images, series, texts)
    for protocol in vars(module).values()
    if isinstance(protocol, Protocol)
}
"""Every protocol by its id."""

__all__ = [
    "ADULT_OFFICIAL",
    "AIRLINE_96",
    "AIR_QUALITY_CHRONOLOGICAL",
    "APPLIANCES_CHRONOLOGICAL",
    "AUGMENTATIONS",
    "CIFAR_STD",
    "ETT_HOURLY",
    "ETT_HOURLY_LONG",
    "ETT_MINUTE",
    "EXCHANGE",
    "FACTS",
    "FASHION_OFFICIAL",
    "HAR_OFFICIAL",
    "ILI",
    "ILI_WHOLE_BATCHES",
    "IMDB_OFFICIAL",
    "JAPANESE_VOWELS",
    "LEAK_FREE",
    "LETTER_16K4K",
    "MINTEMP_LAST2",
    "MLM_CV",
    "MLM_CV_REGRESSION",
    "MNIST_OFFICIAL",
    "MONTHLY_SUNSPOT",
    "NOT_STATED",
    "OPTDIGITS_OFFICIAL",
    "OTHER_REPEATS",
    "PENDIGITS_OFFICIAL",
    "PM25_FIRST_YEAR",
    "PROTOCOLS",
    "REG5",
    "REG20",
    "REUTERS_KERAS",
    "SELECTIONS",
    "SHAMPOO_LAST12",
    "SMS_FIRST_30",
    "SUNSPOT_1921",
    "TUNINGS",
    "UCI121_FILE",
    "UCI121_FOLDS",
    "UCR2018",
    "UEA2018",
    "WEATHER",
    "chronological",
    "facts",
    "official_split",
    "rolling_origins",
    "same_fact",
    "stated",
    "with_seeds",
]
