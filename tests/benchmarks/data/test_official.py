"""Files over a real loopback server: hashes, archives, damage, full disks, silent hosts."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import os
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.data import (
    Corrupt,
    DataError,
    Dataset,
    Source,
    Store,
    Unavailable,
    bundled_source,
    default_folder,
    import_folder,
    load,
    load_all,
    official_file,
    uci,
)
from benchmarks.data.core import network
from benchmarks.data.core.archives import unpack
from benchmarks.data.core.download import Progress
from benchmarks.data.toy import temperature_scales
from benchmarks.uci import wine as wine_data

CONTENT = b"".join(b"%d %d\n" % (row, row * row) for row in range(100))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def squares(path: Path) -> Dataset:
    table = np.loadtxt(path)
    return Dataset(x=table[:, :1], y=table[:, 1])


def source(url: str, **more: Any) -> Source:
    stated: dict[str, Any] = {"title": "Squares", "page": url, "licence": "CC0", "citation": "none"}
    stated |= {"rows": 100, "features": 1} | more
    return official_file("squares.txt", url, SHA256, squares, **stated)


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Store(tmp_path / "data", connect_timeout=1, read_timeout=1, backoff=0.01)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str, list[str]]]:
    """A folder served over HTTP, its address, and the requests so far."""
    folder, asked = tmp_path / "site", []
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, *args: Any) -> None:
            asked.append(self.path)

        def log_error(self, *args: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            if "short" not in self.path:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"too little")

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_file_is_fetched_checked_and_kept(
    site: tuple[Path, str, list[str]], store: Store
) -> None:
    folder, address, asked = site
    (folder / "squares.txt").write_bytes(CONTENT)
    loaded = load(source(f"{address}/squares.txt"), store)
    assert loaded.copy == "UCI's squares.txt, downloaded"
    assert loaded.official
    assert loaded.files == {"squares.txt": SHA256}
    assert load(source(f"{address}/squares.txt"), store).dataset.digest == loaded.dataset.digest
    assert len(asked) == 1


def test_a_member_of_a_zip_is_fetched(site: tuple[Path, str, list[str]], store: Store) -> None:
    folder, address, _ = site
    (folder / "squares+2.zip").write_bytes(zipped(("deep/squares.txt", CONTENT), ("x", b"")))
    assert load(source(f"{address}/squares+2.zip"), store).official


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("squares.txt", b"1 2\n", "expected squares.txt with sha256"),
        ("bad.zip", b"PK but no zip", "not a whole archive"),
        ("cut.zip", zipped(("squares.txt", CONTENT))[:-30], "not a whole archive"),
        ("up.zip", zipped(("../squares.txt", CONTENT)), "leads out of it"),
        ("root.zip", zipped(("/etc/squares.txt", CONTENT)), "leads out of it"),
        ("windows.zip", zipped(("..\\squares.txt", CONTENT)), "leads out of it"),
        ("other.zip", zipped(("other.txt", CONTENT)), "found no such member"),
        ("wrong.zip", zipped(("squares.txt", b"1 2\n")), "expected squares.txt with sha256"),
    ],
)
def test_what_is_not_the_published_file_is_refused(
    name: str, content: bytes, reason: str, site: tuple[Path, str, list[str]], store: Store
) -> None:
    folder, address, _ = site
    (folder / name).write_bytes(content)
    with pytest.raises(Corrupt) as caught:
        load(source(f"{address}/{name}"), store)
    assert reason in caught.value.reason
    assert not list(store.folder.glob("files/**/*"))


def test_a_tar_that_leads_out_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bad.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        member = tarfile.TarInfo("a/../../squares.txt")
        member.size = len(CONTENT)
        content.addfile(member, io.BytesIO(CONTENT))
    with pytest.raises(Corrupt, match="leads out of it"):
        unpack(archive, lambda name: True, tmp_path)


def test_http_errors_are_told_apart(site: tuple[Path, str, list[str]], store: Store) -> None:
    _, address, asked = site
    with pytest.raises(Unavailable, match="answered HTTP 404"):
        load(source(f"{address}/none.txt"), store)
    assert len(asked) == 1
    with pytest.raises(Unavailable, match=r"\(3 tries\)"):
        load(source(f"{address}/short.txt"), store)
    assert len(asked) == 4


def test_a_damaged_file_is_fetched_again(site: tuple[Path, str, list[str]], store: Store) -> None:
    folder, address, _ = site
    (folder / "squares.txt").write_bytes(CONTENT)
    load(source(f"{address}/squares.txt"), store)
    kept = next(store.folder.glob("files/*/squares.txt"))
    kept.write_bytes(CONTENT[:50])
    assert load(source(f"{address}/squares.txt"), store).official
    assert kept.read_bytes() == CONTENT
    assert kept.with_name("squares.txt.damaged").read_bytes() == CONTENT[:50]


def test_declared_shape_is_held_against_the_data(
    site: tuple[Path, str, list[str]], store: Store
) -> None:
    folder, address, _ = site
    (folder / "squares.txt").write_bytes(CONTENT)
    with pytest.raises(Corrupt, match=r"expected x of shape \(99, 1\), received \(100, 1\)"):
        load(source(f"{address}/squares.txt", rows=99), store)


def test_an_unreachable_host_is_probed_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    probed: list[str] = []
    probe = network.probe

    def noted(host: str, timeout: float) -> str:
        probed.append(host)
        return probe(host, timeout)

    monkeypatch.setattr(network, "probe", noted)
    address = f"http://127.0.0.1:{closed_port()}"
    sources = {f"s{n}": source(f"{address}/{n}.txt") for n in range(3)}
    results = load_all(sources, store)
    reasons = {r.reason for r in results.values() if isinstance(r, Unavailable)}
    assert len(results) == 3
    assert len(reasons) == 1
    assert "refused" in reasons.pop()
    assert probed == [network.host_of(address)]


def test_silent_hosts_are_probed_at_the_same_time(store: Store) -> None:
    # A listener whose queue is full lets further connections wait, as a firewall would.
    with socket.socket() as one, socket.socket() as two:
        fillers = []
        for listener in (one, two):
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for _ in range(4):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
                fillers.append(filler)
        hosts = [f"http://127.0.0.1:{s.getsockname()[1]}" for s in (one, two)]
        sources = {f"s{n}": source(f"{hosts[n % 2]}/{n}.txt") for n in range(4)}
        start = time.monotonic()
        results = load_all(sources, store)
        seconds = time.monotonic() - start
        for filler in fillers:
            filler.close()
    assert all("no answer within 1 s" in str(result) for result in results.values())
    assert 0.9 < seconds < 1.9


def test_a_proxy_is_probed_in_place_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    assert network.address("archive.ics.uci.edu") == ("proxy.example", 3128)
    monkeypatch.setenv("no_proxy", "ics.uci.edu")
    assert network.address("archive.ics.uci.edu") == ("archive.ics.uci.edu", 443)


def test_offline_asks_nobody(site: tuple[Path, str, list[str]], store: Store) -> None:
    _, address, asked = site
    with pytest.raises(Unavailable, match="working offline"):
        load(source(f"{address}/squares.txt"), Store(store.folder, offline=True))
    assert not asked


def test_a_folder_that_cannot_be_written_is_said(
    site: tuple[Path, str, list[str]], tmp_path: Path
) -> None:
    folder, address, _ = site
    (folder / "squares.txt").write_bytes(CONTENT)
    blocked = Store(folder / "squares.txt" / "data")
    with pytest.raises(Unavailable, match="cannot be used") as caught:
        load(source(f"{address}/squares.txt"), blocked)
    assert "KERASFOLIO_DATA" in caught.value.remedy
    with pytest.raises(Unavailable, match="cannot be used"):
        import_folder(folder, blocked, {"s": source(f"{address}/squares.txt")})
    with pytest.raises(Unavailable, match="is not a folder"):
        import_folder(folder / "none", Store(tmp_path / "data"), {})


def test_bundled_data_needs_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    wine = uci(
        109,
        wine_data.read_api,
        title="Wine",
        url="",
        licence="",
        citation="",
        rows=178,
        features=13,
        bundled=("scikit-learn's copy", wine_data.read_bundled),
    )
    for place in ("file/data", "absent"):
        found = load(wine, Store(tmp_path / place, offline=True))
        assert found.copy == "scikit-learn's copy"
    load(temperature_scales(0, 10), Store(tmp_path / "absent"))
    assert not (tmp_path / "absent").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_leaves_nothing_half_written(
    site: tuple[Path, str, list[str]], store: Store
) -> None:
    import resource

    folder, address, _ = site
    (folder / "squares.txt").write_bytes(CONTENT)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, before[1]))
    try:
        with pytest.raises(Unavailable, match=r"cannot be used .*File too large"):
            import_folder(folder, store, {"s": source(address)})
        with pytest.raises(Unavailable, match=r"cannot be used .*File too large"):
            load(source(f"{address}/squares.txt"), store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    left = [path.name for path in store.folder.rglob("*") if path.is_file()]
    assert set(left) <= {f"files-{SHA256[:8]}.lock", "squares.txt.receipt.json"}
    assert load(source(f"{address}/squares.txt"), store).official


def test_progress_is_told_in_bytes() -> None:
    told: list[str] = []
    progress = Progress("big.zip", told.append, every=0)
    progress.total = 3_000_000
    progress.update(1_500_000)
    assert told == ["big.zip: 1.5 of 3.0 MB"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"KERASFOLIO_DATA": "/some/where"}, "/some/where"),
        ({"XDG_CACHE_HOME": "/caches", "HOME": "/home/me"}, "/caches/kerasfolio"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/home/me"}, "/home/me/.cache/kerasfolio"),
        ({"HOME": "/home/me"}, "/home/me/.cache/kerasfolio"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the Linux defaults")
def test_default_folder(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KERASFOLIO_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_folder() == Path(expected)


def test_the_module_imports_without_heavy_libraries() -> None:
    script = "import sys, benchmarks.data; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    modules = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"pandas", "sklearn", "requests", "pooch", "keras", "tensorflow", "mlflow", "scipy"}
    assert not heavy & set(modules)


@pytest.mark.parametrize(
    ("dataset", "problem"),
    [
        (Dataset(np.ones((2, 1)), np.zeros(3)), "expected 2 targets"),
        (Dataset(np.ones((2, 1), np.float32), np.zeros(2)), "float64 or uint8"),
        (Dataset(np.full((2, 1), np.nan), np.zeros(2)), "2 are missing"),
        (Dataset(np.ones((2, 1)), np.array([1, np.inf])), "finite float64 target"),
        (Dataset(np.ones((2, 1)), np.array([0, 2]), class_names=("a", "b")), "every class from 0"),
        (Dataset(np.ones((2, 1)), np.array([0, 0]), class_names=("a", "b")), "every class from 0"),
        (Dataset(np.ones((2, 1)), np.zeros(2), train_rows=2), "train_rows between 1 and 1"),
    ],
)
def test_bad_arrays_are_refused(dataset: Dataset, problem: str, store: Store) -> None:
    read: Callable[[], Dataset] = lambda: dataset  # noqa: E731
    stated = bundled_source(
        "a library's copy", read, title="", url="", licence="", citation="", rows=2, features=1
    )
    with pytest.raises(DataError, match=problem):
        load(stated, store)
