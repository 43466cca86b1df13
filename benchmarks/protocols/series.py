"""Protocols of time series: archives with default splits, and forecasts."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.protocols.splits import chronological, official_split

UCR2018 = official_split(
    "UCR2018",
    title="default split of the 2018 UCR archive",
    source="dau2019ucr",
    split="default train/test files of the 2018 UCR archive",
)
"""Default training and test files of the UCR time-series archive as of 2018.

Dau et al., *The UCR Time Series Archive* (2019, arXiv:1810.07758). "30 resamples" of a set are
another protocol. Deep networks are repeated over 5 seeds, as in Fawaz et al. (2019,
arXiv:1809.04356).

The archive of 2015 splits a few sets otherwise (FordA, FordB), but not ArrowHead, Beef, CBF,
Coffee, ECG200, GunPoint, ItalyPowerDemand and OSULeaf: scores on its files are taken as scores on
these. What shows it: a public copy of the 2015 files in five digits (lnthach/SAX-SEQL at fae8939,
of a paper of 2017) has as many characters in each of the sixteen files as the 2018 file cut to
five digits, but for the spelling of the classes and at most 22 of 842,000, which rounding twice
makes; the last training and test rows of ArrowHead, ECG200, GunPoint and ItalyPowerDemand are
equal; and every published accuracy on the 2015 files but one (Beef, FCN of Wang et al.) is a
whole count of the test rows of 2018. What was not done: compare every row.
"""

SUNSPOT_1921 = official_split(
    "SUNSPOT-1921",
    title="yearly sunspots, train to 1920, test 1921-1955",
    source="weigend1990",
    split="targets to 1920 train, 1921-1955 test; one step ahead from the 12 years before",
)
"""Yearly sunspot numbers: train on targets to 1920, predict each year of 1921-1955.

Weigend, Huberman and Rumelhart, *Predicting the Future: A Connectionist Approach* (1990): one
step ahead from the true values of the 12 years before, never from predictions.
"""

UEA2018 = replace(
    UCR2018,
    id="UEA2018",
    title="default split of the 2018 UEA archive",
    source="bagnall2018uea",
    split="default train/test files of the 2018 UEA archive",
)
"""Default training and test files of the multivariate archive: Bagnall et al. (2018),
*The UEA Multivariate Time Series Classification Archive*, arXiv:1811.00075."""

JAPANESE_VOWELS = replace(
    UEA2018,
    id="JAPANESE-VOWELS",
    title="official 270/370 utterances",
    source="kudo1999vowels",
    split="ae.train (30 utterances of each of 9 speakers) trains, ae.test (370) tests",
)
"""The donors' two files (UCI 128), which the UEA archive kept: Kudo, Toyama and Shimbo,
*Multidimensional Curve Classification Using Passing-Through Regions*, Pattern Recognition
Letters 20 (1999)."""

HAR_OFFICIAL = official_split(
    "HAR-OFFICIAL",
    title="official 21/9 people",
    source="anguita2013har",
    split="windows of 21 people (7,352) train, of 9 others (2,947) test; nine raw signals",
    repeats=10,
)
"""The donors' split by person of the smartphone data: Anguita et al., *A Public Domain Dataset
for Human Activity Recognition Using Smartphones*, ESANN 2013. Ten training seeds, as the
published recurrent networks on the raw signals are repeated."""

ETT_HOURLY = official_split(
    "ETT-HOURLY",
    title="12/4/4 months, 96 hours of history",
    source="zhou2021informer",
    split=(
        "months of 30 days: 12 train, 4 validate, 4 test; every test window, none dropped; "
        "96 steps of history"
    ),
    repeats=3,
)
"""Hourly transformer temperatures: rows 0 … 8,639 train, to 11,519 validate, to 14,399 test.

Zhou et al., *Informer* (AAAI 2021, arXiv:2012.07436): all seven series forecast all seven, scaled
by mean and deviation of the 12 training months and scored in that scale, averaged over windows,
steps and series. A test window's history may reach back before the test months, its targets not.
Training rows here are windows with targets in the first 16 months; entries choose on the last four
of these. Many tables were made with the last incomplete batch of test windows dropped; Qiu et al.,
*TFB* (VLDB 2024, arXiv:2403.20150) show what that changes. Here no window is.
"""

ETT_MINUTE = replace(
    ETT_HOURLY, id="ETT-MINUTE", title="12/4/4 months, 24 hours of history in quarters of an hour"
)
"""`ETT_HOURLY` for readings every 15 minutes: the same months, four times the rows."""

ETT_HOURLY_LONG = replace(
    ETT_HOURLY,
    id="ETT-HOURLY-720",
    title="12/4/4 months, 720 hours of history",
    split=ETT_HOURLY.split.replace("96 steps", "720 steps"),
)
"""`ETT_HOURLY` with a month of history for every forecast: the same test targets, more to see."""


AIRLINE_96 = chronological(
    "AIRLINE-96",
    title="first 8 years train, last 4 test",
    source="brownlee2016lstm",
    split="targets to December 1956 train, the 48 months from 1957 test; one month ahead",
)
"""The two thirds and one third of Brownlee's tutorial (2016), all 48 months scored."""

SHAMPOO_LAST12 = chronological(
    "SHAMPOO-LAST12",
    title="two years train, the third tests",
    source="brownlee2017shampoo",
    split="24 months train, the last 12 test; one month ahead",
)
"""Brownlee's tutorial (2017): one step ahead through the third year."""

MINTEMP_LAST2 = chronological(
    "MINTEMP-LAST2",
    title="8 years train, the last 2 test",
    source="brownlee_datasets",
    split="1981 to 1988 train, 1989 and 1990 (730 days) test; one day ahead",
)
"""Own chronological split of the Melbourne temperatures: the published one scores seven days."""

MONTHLY_SUNSPOT = chronological(
    "MONTHLY-SUNSPOT",
    title="first two thirds train, the last third tests",
    source="brownlee_datasets",
    split="months to August 1905 (1,880) train, the last 940 test; one month ahead",
)
"""Own chronological split of the monthly sunspot numbers."""

PM25_FIRST_YEAR = chronological(
    "PM25-FIRST-YEAR",
    title="2010 trains, 2011 to 2014 test",
    source="brownlee2017pm25",
    split="measured hours of 2010 train, of 2011 to 2014 test; one hour ahead",
)
"""The year and four years of Brownlee's tutorial (2017), without the hours nobody measured."""

APPLIANCES_CHRONOLOGICAL = chronological(
    "APPLIANCES-CHRONOLOGICAL",
    title="first 14 weeks train, the last 5 and a half test",
    source="candanedo2017appliances",
    split="the first 14,112 readings (98 days) train, the others test; ten minutes ahead",
)
"""Own chronological split: the authors' split draws readings at random, so that the ten minutes
before and after a test reading train."""

AIR_QUALITY_CHRONOLOGICAL = chronological(
    "AIR-QUALITY-CHRONOLOGICAL",
    title="2004 trains, 2005 tests",
    source="devito2008air",
    split="measured hours of 2004 train, of 2005 test; one hour ahead",
)
"""Own chronological split of the Italian street: spring and winter 2005 are tested."""

EXCHANGE = official_split(
    "EXCHANGE",
    title="70/10/20 % of the days, 96 days of history",
    source="wu2021autoformer",
    split=(
        "first 70 % of the days train, 10 % validate, last 20 % test; every test window, none "
        "dropped; 96 steps of history"
    ),
)
"""Exchange rates: rows 0 … 5,310 train, to 6,070 validate, the last 1,517 test.

Wu et al., *Autoformer* (NeurIPS 2021, arXiv:2106.13008): all eight series forecast all eight,
scaled by mean and deviation of the training days and scored in that scale, averaged over windows,
steps and series. A test window's history may reach back before the test days, its targets not.
Training rows here are windows with targets in the first 80 %; entries choose on the last 10 % of
the days. As in `ETT_HOURLY` no test window is dropped.
"""

WEATHER = replace(
    EXCHANGE,
    id="WEATHER",
    title="70/10/20 % of the readings, 16 hours of history",
    split=EXCHANGE.split.replace("days", "readings"),
)
"""Weather in Jena, as `EXCHANGE`: rows 0 … 36,886 train, to 42,156 validate, the last 10,539 test.
Windows count readings; the eight that the year's file leaves out are passed over."""

ILI = official_split(
    "ILI",
    title="70/10/20 % of the weeks, at most 104 weeks of history",
    source="wu2021autoformer",
    split=(
        "first 70 % of the weeks train, 10 % validate, last 20 % test; every test window, none "
        "dropped; at most 104 steps of history"
    ),
)
"""Influenza-like illness, as `EXCHANGE`: rows 0 … 675 train, to 772 validate, the last 193 test.

Published runs read 36 or 104 weeks. The test targets are the same, and a network is free to read
less than it may: how much is part of a recipe. Where a source tried both and does not say on which
rows it chose, its tuning is not stated.
"""

ILI_WHOLE_BATCHES = replace(
    ILI,
    id="ILI-WHOLE-BATCHES",
    title="70/10/20 % of the weeks, the last incomplete batch of test windows dropped",
    split=ILI.split.replace(
        "every test window, none dropped", "the last incomplete batch of 32 test windows dropped"
    ),
)
"""`ILI` as most papers before 2023 scored it: whole batches alone, the last windows left out.

Of 170 windows (24 weeks ahead) 160 remain, of 134 (60 weeks) 128, with batches of 16 as with 32.
Repeating the last value has 6.587 instead of 6.213 at 24 weeks and 5.893 instead of 6.885 at 60:
scores on the one and the other are not comparable.
"""
