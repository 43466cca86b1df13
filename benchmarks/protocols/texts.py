"""Protocols of texts: the authors' split of the SMS collection, the official parts of two others.

Sentences and the SMS collection under folds have the protocol of small tables (`MLM_CV`).
"""

from __future__ import annotations

from benchmarks.protocols.splits import official_split

SMS_FIRST_30 = official_split(
    "SMS-FIRST-30",
    title="first 1,674 / last 3,900 messages, inferred",
    source="almeida2011sms",
    split="the first 1,674 lines (30 %) train, the last 3,900 test; inferred from printed counts",
)
"""The authors' split of the SMS Spam Collection: 30 % train, 70 % test.

Almeida, Gómez Hidalgo and Yamakami, DocEng 2011, Table 7. Which lines train is *inferred*, not
stated: every printed share of spam caught and of ham blocked is a whole count of 509 and 3,391, and
so are the Matthews correlations that follow from them; the last 3,900 lines of the published file
hold exactly 509 spam and 3,391 ham. Five training seeds.
"""

IMDB_OFFICIAL = official_split(
    "IMDB-OFFICIAL",
    title="official 25,000/25,000 reviews",
    source="maas2011imdb",
    split="the 25,000 official training reviews train, the 25,000 official test reviews test",
    repeats=3,
)
"""The two official parts of the large movie review set: no film is in both."""

REUTERS_KERAS = official_split(
    "REUTERS-KERAS",
    title="first 8,982 / last 2,246 newswires",
    source="chollet2015keras",
    split="keras.datasets.reuters.load_data(): the first 80 % of its shuffled rows train",
    repeats=3,
)
"""Keras' own split of its 11,228 Reuters newswires in 46 topics, with its default seed of 113."""
