"""Where the data comes from: one folder, filled by the real clients, verified at every read.

A definition states a `Source`; `load` turns it into arrays or says why it cannot:

    official_file   one published file with its sha256 (pooch)
    uci             a data set of the UCI repository (ucimlrepo)
    ucr             a data set of the UCR or UEA archive, its own train and test files (pooch)
    ett             electricity transformers, as windows of seven series (pooch)
    long_horizon    exchange rates and influenza-like illness, as windows of all series (pooch)
    har             smartphone signals, by person (pooch)
    cifar10         CIFAR-10 (keras.datasets)
    cifar100        CIFAR-100, the archive keras.datasets fetches
    mnist           MNIST and Fashion-MNIST (`fashion_mnist`), the files keras.datasets fetches
    bundled_source  data inside a library's package
    own_table       a table of one's own (`make new`)
    own_images      a folder of images by class of one's own
    own_texts       a folder of texts by class of one's own
    own_panel       series of one's own, several in a file, forecast several steps ahead
    own_series      a series with a column of times of one's own
    own_uci         any data set of the UCI repository, its columns named as for a table

Nothing here ever replaces a data set by something else: what cannot be had raises `Unavailable`,
what is not what it should be raises `Corrupt`, both with the reason and the remedy.
"""

from benchmarks.data.bundled import bundled_source
from benchmarks.data.cifar import cifar10
from benchmarks.data.core.importing import Imported, import_folder
from benchmarks.data.core.loading import at_hand, load, load_all
from benchmarks.data.core.source import (
    Copy,
    Corrupt,
    DataError,
    File,
    Source,
    Store,
    Unavailable,
    default_folder,
)
from benchmarks.data.ett import ett
from benchmarks.data.har import har
from benchmarks.data.keras_images import cifar100, fashion_mnist, mnist
from benchmarks.data.long_horizon import long_horizon
from benchmarks.data.official_file import official_file
from benchmarks.data.own.images import own_images
from benchmarks.data.own.panel import own_panel
from benchmarks.data.own.recordings import own_recordings
from benchmarks.data.own.series import own_series
from benchmarks.data.own.tables import Columns, own_table, own_uci
from benchmarks.data.own.texts import own_texts
from benchmarks.data.uci import uci
from benchmarks.data.ucr import ucr
from benchmarks.dataset import Dataset, Deviation, Loaded

__all__ = [
    "Columns",
    "Copy",
    "Corrupt",
    "DataError",
    "Dataset",
    "Deviation",
    "File",
    "Imported",
    "Loaded",
    "Source",
    "Store",
    "Unavailable",
    "at_hand",
    "bundled_source",
    "cifar10",
    "cifar100",
    "default_folder",
    "ett",
    "fashion_mnist",
    "har",
    "import_folder",
    "load",
    "load_all",
    "long_horizon",
    "mnist",
    "official_file",
    "own_images",
    "own_panel",
    "own_recordings",
    "own_series",
    "own_table",
    "own_texts",
    "own_uci",
    "uci",
    "ucr",
]
