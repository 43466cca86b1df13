"""Every way a download goes wrong, over real sockets: by pooch and by ucimlrepo alike.

| fault                       | official file (pooch)            | UCI's API (ucimlrepo)         |
| --------------------------- | -------------------------------- | ----------------------------- |
| 502                         | tried again, then Unavailable    | the same                      |
| 429 with Retry-After        | waits as long; gives up > 60 s   | the same                      |
| cut without Content-Length  | tried again, then Unavailable    | the same (rows are counted)   |
| wrong hash                  | Corrupt                          | no hash is published          |
| HTML in place of the file   | Corrupt, says it is a web page   | Unavailable                   |
| hang, before or amid        | Unavailable after three tries    | the same                      |
| redirect from https to http | Unavailable at once              | the same                      |
| wrong Content-Type          | the content decides              | the same                      |
| a reply of another schema   | Corrupt                          | Unavailable                   |

After each of them the data folder holds whole files or none.
"""

from __future__ import annotations

import email.utils
import hashlib
import http.server
import io
import json
import re
import ssl
import struct
import tarfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.data import (
    Corrupt,
    DataError,
    Dataset,
    Source,
    Store,
    Unavailable,
    import_folder,
    load,
    official_file,
    uci,
    ucr,
)
from benchmarks.data.core import archives, download
from benchmarks.data.core.archives import unpack
from benchmarks.data.core.network import Transient, http_failure, retry_after_seconds

ROWS = 40
CONTENT = b"".join(b"%d %d\n" % (row, row * row) for row in range(ROWS))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CSV = b"n,square\n" + CONTENT.replace(b" ", b",")
VARIABLES = [
    {"name": "n", "role": "Feature", "type": "Integer"},
    {"name": "square", "role": "Target", "type": "Integer"},
]
REPLY: dict[str, Any] = {
    "uci_id": 7,
    "name": "Squares",
    "additional_info": None,
    "intro_paper": None,
    "variables": VARIABLES,
}
PAGE = b"<!DOCTYPE html>\n<html><body>Down for maintenance</body></html>\n"
STATED: dict[str, Any] = {"title": "Squares", "licence": "CC0", "citation": "none"}

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Server:
    """A loopback server: what it answers by path, in turn, the last for ever; what it was asked."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                outer.asked.append(self.path)
                turns = outer.answers.get(self.path.partition("?")[0], [status(404)])
                answer = turns.pop(0) if len(turns) > 1 else turns[0]
                try:
                    answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    """The client has hung up, as it should."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        if context:
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        scheme = "https" if context else "http"
        self.address = f"{scheme}://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


def whole(body: bytes, kind: str = "application/octet-stream", code: int = 200) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def unmeasured(body: bytes, **headers: str) -> Answer:
    """Without a length: the end of the connection is the end of the file."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def status(code: int, **headers: str) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def hangs(body: bytes, before: int = 0, seconds: float = 2) -> Answer:
    """Falls silent after `before` bytes, though it announced all of them."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        if before:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[:before])
            handler.wfile.flush()
        time.sleep(seconds)

    answer.silent = True  # type: ignore[attr-defined]
    return answer


def patience(fault: Answer, store: Store) -> Store:
    """The store, waiting less long for a server that will not answer."""
    return replace(store, read_timeout=0.4) if hasattr(fault, "silent") else store


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.http.shutdown()
    running.http.server_close()


@pytest.fixture
def told() -> list[str]:
    """What the store was told."""
    return []


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> Store:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return Store(
        tmp_path / "data", report=told.append, connect_timeout=5, read_timeout=20, backoff=0.01
    )


def squares(path: Path) -> Dataset:
    table = np.loadtxt(path)
    return Dataset(x=table[:, :1], y=table[:, 1])


def file(server: Server, *answers: Answer, name: str = "squares.txt") -> Source:
    """An official file that is served with these answers in turn."""
    server.answers[f"/{name}"] = list(answers)
    url = f"{server.address}/{name}"
    return official_file(
        "squares.txt", url, SHA256, squares, page=url, rows=ROWS, features=1, **STATED
    )


def frames(features: Any, targets: Any) -> Dataset:
    return Dataset(features.to_numpy(np.float64), targets.to_numpy(np.float64)[:, 0])


@pytest.fixture
def api(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Source]:
    """A data set of UCI's API, with these answers of its table, or of its metadata."""
    monkeypatch.setenv("KERASFOLIO_UCI_API", f"{server.address}/api/dataset")

    def make(*table: Answer, metadata: list[Answer] | None = None) -> Source:
        server.answers["/data.csv"] = list(table) or [whole(CSV, "text/csv")]
        content = {**REPLY, "data_url": f"{server.address}/data.csv"}
        fine = whole(json.dumps({"status": 200, "data": content}).encode())
        server.answers["/api/dataset"] = metadata or [fine]
        return uci(7, frames, url=server.address, rows=ROWS, features=1, **STATED)

    return make


def nothing_kept(store: Store) -> bool:
    """Whether the data folder holds neither a file nor a part of one."""
    return not [
        path for path in store.folder.rglob("*") if path.is_file() and path.parent.name != ".locks"
    ]


def refused(source: Source, store: Store, *words: str) -> DataError:
    """The error a source ends in, having left nothing; the remedy is said too."""
    with pytest.raises(DataError) as caught:
        load(source, store)
    assert all(word in caught.value.reason for word in words), caught.value.reason
    assert "make data" in caught.value.remedy
    assert nothing_kept(store)
    return caught.value


def loads(source: Source, store: Store) -> None:
    """The source gives the squares."""
    assert load(source, store).dataset.y[-1] == (ROWS - 1) ** 2


# An official file, fetched by pooch


@pytest.mark.parametrize(
    "fault",
    [
        status(502),
        status(503),
        status(429, Retry_After="0"),
        hangs(CONTENT),
        hangs(CONTENT, before=100),
        unmeasured(CONTENT[:100]),
        unmeasured(b""),
    ],
    ids=["502", "503", "429", "hang", "hang-amid", "cut-unmeasured", "empty-unmeasured"],
)
def test_passing_trouble_with_a_file_is_overcome(
    fault: Answer, server: Server, store: Store, told: list[str]
) -> None:
    loads(file(server, fault, whole(CONTENT)), patience(fault, store))
    assert len(server.asked) == 2 or hasattr(fault, "silent")
    assert any("trying again in" in line for line in told)
    assert not list(store.folder.glob(".work*"))


@pytest.mark.parametrize(
    ("fault", "words", "tries", "kind"),
    [
        (status(502), "answered HTTP 502 (3 tries)", 3, Unavailable),
        (status(429, Retry_After="3600"), "answered HTTP 429 (1 try)", 1, Unavailable),
        (status(404), "answered HTTP 404", 1, Unavailable),
        (hangs(CONTENT), "did not answer within 0.4 s (3 tries)", 3, Unavailable),
        (hangs(CONTENT, before=100), "sent nothing for 0.4 s amid squares.txt", 3, Unavailable),
        (unmeasured(CONTENT[:100]), "without saying how long it is", 3, Unavailable),
        (whole(CONTENT + b"1 1\n"), "expected squares.txt with sha256", 1, Corrupt),
        (whole(PAGE, "text/html"), "received a web page with sha256", 1, Corrupt),
        (unmeasured(PAGE, Content_Type="text/html"), "received a web page", 1, Corrupt),
        (whole(b'{"error": "moved"}', "application/json"), "received a file with", 1, Corrupt),
        (unmeasured(CONTENT, Content_Length="many"), "cannot be fetched", 1, Unavailable),
        (status(302, Location="/squares.txt"), "cannot be fetched (Exceeded", 31, Unavailable),
        (status(302, Location="file:///etc/passwd"), "cannot be fetched (No conn", 1, Unavailable),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, str) else "",
)
def test_lasting_trouble_with_a_file_is_said_and_leaves_nothing(
    fault: Answer, words: str, tries: int, kind: type, server: Server, store: Store
) -> None:
    assert type(refused(file(server, fault), patience(fault, store), words)) is kind
    assert len(server.asked) == tries


@pytest.mark.parametrize("kind", ["text/html", "image/png", "nonsense"])
def test_the_content_of_a_file_decides_not_its_type(
    kind: str, server: Server, store: Store
) -> None:
    loads(file(server, whole(CONTENT, kind)), store)


def test_a_redirect_between_unencrypted_addresses_is_followed(server: Server, store: Store) -> None:
    server.answers["/there.txt"] = [whole(CONTENT)]
    loads(file(server, status(301, Location="/there.txt")), store)


def test_a_file_without_an_end_is_hung_up_on(
    server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "LARGEST_DOWNLOAD", 1 << 20)
    sent = 0

    def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        while sent < 1 << 26:
            handler.wfile.write(bytes(1 << 16))
            sent += 1 << 16

    refused(file(server, endless), store, "received more and closed the connection")
    assert sent < 1 << 26


def test_a_body_that_swells_on_arrival_is_hung_up_on(
    server: Server, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "LARGEST_DOWNLOAD", 1 << 20)
    bomb = zlib.compress(bytes(1 << 24), 9)
    answer = unmeasured(bomb, Content_Encoding="deflate", Content_Length=str(len(bomb)))
    refused(file(server, answer), store, "received more and closed the connection")


def test_an_archive_cut_short_is_asked_for_again(server: Server, store: Store) -> None:
    archive = zipped(("squares.txt", CONTENT))
    cut = unmeasured(archive[:-30])
    loads(file(server, cut, whole(archive), name="squares.zip"), store)
    other = ucr("None", train=1, test=1, length=1, classes=("a",), **STATED)
    assert not other.digest


# UCI's API, asked by ucimlrepo


@pytest.mark.parametrize(
    "fault",
    [
        status(502),
        status(429, Retry_After="0"),
        hangs(CSV),
        hangs(CSV, before=60),
        unmeasured(CSV[: CSV.index(b"\n", 100) + 1]),
        unmeasured(b""),
    ],
    ids=["502", "429", "hang", "hang-amid", "cut-unmeasured", "empty-unmeasured"],
)
def test_passing_trouble_with_the_api_is_overcome(
    fault: Answer, api: Callable[..., Source], store: Store, told: list[str]
) -> None:
    loads(api(fault, whole(CSV, "text/csv")), patience(fault, store))
    assert any("trying again in" in line for line in told)
    assert not list(store.folder.glob(".work*"))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (whole(PAGE, "text/html"), "in a form that ucimlrepo does not understand"),
        (unmeasured(CSV[:60]), "expected 40 rows of data set 7, received"),
        (whole(CSV.replace(b"square", b"cube"), "text/csv"), "does not understand (KeyError"),
        (whole(CSV + b"1,1\n"), "expected 40 rows in data.csv, received 41"),
        (whole(CSV.replace(b"9,81", b"9,many")), "cannot be read (ValueError"),
        (whole(b"\xff\xfe\x00garbage\x00" * 50), "does not understand"),
        (status(502), "answered HTTP 502 (3 tries)"),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, str) else "",
)
def test_lasting_trouble_with_the_table_is_said_and_leaves_nothing(
    fault: Answer, words: str, api: Callable[..., Source], store: Store
) -> None:
    refused(api(fault), patience(fault, store), words)


def replies() -> list[Any]:
    """Metadata in other schemas than the one known: whole JSON, all of it wrong."""
    new = {"ok": True, "data": {"id": 7, "title": "Squares", "features": []}}
    return [
        None,
        [],
        7,
        "text",
        {},
        new,
        {"status": 200},
        {"status": 200, "data": None},
        {"status": 200, "data": []},
        {"status": 200, "data": {**REPLY, "data_url": 7}},
        {"status": 200, "data": {**REPLY, "data_url": "nowhere.csv"}},
        {"status": 200, "data": {**REPLY, "data_url": "URL", "variables": None}},
        {"status": 200, "data": {**REPLY, "data_url": "URL", "variables": "text"}},
        {"status": 200, "data": {**REPLY, "data_url": "URL", "variables": [{"name": "n"}]}},
        {"status": 200, "data": {**REPLY, "data_url": "URL", "variables": [{"role": "Feature"}]}},
        {"status": 200, "data": {**REPLY, "data_url": "URL", "additional_info": 7}},
        {"status": 200, "data": {**REPLY, "data_url": "URL", "variables": []}},
    ]


@pytest.mark.parametrize("reply", replies(), ids=lambda value: str(value)[-40:])
def test_metadata_of_another_schema_is_refused(
    reply: Any, server: Server, api: Callable[..., Source], store: Store
) -> None:
    text = json.dumps(reply).replace('"URL"', f'"{server.address}/data.csv"')
    refused(api(metadata=[whole(text.encode(), "application/json")]), store)


@pytest.mark.parametrize("kind", ["text/html", "application/zip"])
def test_the_content_of_a_reply_decides_not_its_type(
    kind: str, api: Callable[..., Source], store: Store
) -> None:
    loads(api(whole(CSV, kind)), store)


# Encrypted addresses


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server with a certificate that this process alone trusts."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    import ipaddress

    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, str(pem))
    monkeypatch.setattr("certifi.where", lambda: str(pem))  # ucimlrepo asks nobody else
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    running = Server(context)
    yield running
    running.http.shutdown()
    running.http.server_close()


def test_a_file_is_fetched_over_an_encrypted_connection(encrypted: Server, store: Store) -> None:
    encrypted.answers["/there.txt"] = [whole(CONTENT)]
    loads(file(encrypted, status(302, Location="/there.txt")), store)


def test_a_file_is_not_followed_to_an_unencrypted_address(
    encrypted: Server, server: Server, store: Store
) -> None:
    server.answers["/squares.txt"] = [whole(CONTENT)]
    away = status(302, Location=f"{server.address}/squares.txt")
    refused(file(encrypted, away), store, "redirects to http://127.0.0.1", "begins with https")
    assert server.asked == [], "the unencrypted address was asked"
    assert encrypted.asked == ["/squares.txt"], "what will not change was tried again"


@pytest.mark.parametrize("step", ["metadata", "table", "named"])
def test_the_api_is_not_followed_to_an_unencrypted_address(
    step: str,
    encrypted: Server,
    server: Server,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither by a redirect of either request, nor by the address the metadata names."""
    monkeypatch.setenv("KERASFOLIO_UCI_API", f"{encrypted.address}/api/dataset")
    source = uci(7, frames, url="", rows=ROWS, features=1, **STATED)
    place = server.address if step == "named" else encrypted.address
    content = json.dumps({"status": 200, "data": {**REPLY, "data_url": f"{place}/data.csv"}})
    for one in (server, encrypted):
        one.answers["/api/dataset"] = [whole(content.encode())]
        one.answers["/data.csv"] = [whole(CSV)]
    if step != "named":
        path = {"metadata": "/api/dataset", "table": "/data.csv"}[step]
        encrypted.answers[path] = [status(302, Location=f"{server.address}{path}")]
    refused(source, store, "http://127.0.0.1", "begins with https")
    assert step == "named" or server.asked == []


# Patience


def test_pauses_between_tries_are_random_and_grow(
    server: Server, store: Store, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full jitter (Brooker 2015): uniform between nothing and a bound that doubles."""
    patient = Store(store.folder, report=told.append, backoff=0.25, tries=4)
    slept: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    source = file(server, status(502))
    for _ in range(12):
        with pytest.raises(Unavailable, match="4 tries"):
            load(source, patient)
    first, second, third = slept[::3], slept[1::3], slept[2::3]
    assert len(third) == 12
    for pauses, bound in ((first, 0.25), (second, 0.5), (third, 1.0)):
        assert all(0 <= pause <= bound for pause in pauses)
        assert len(set(pauses)) > 10, "pauses without jitter"
        assert max(pauses) > bound / 2
    assert sum(third) > sum(first)
    waits = [float(found[1]) for line in told if (found := re.search(r"again in ([\d.]+) s", line))]
    assert waits == pytest.approx(slept, abs=0.06)


def test_retry_after_is_waited_for(server: Server, store: Store) -> None:
    begun = time.monotonic()
    loads(file(server, status(429, Retry_After="1"), whole(CONTENT)), store)
    assert time.monotonic() - begun >= 1


def test_retry_after_may_be_a_date() -> None:
    soon = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 27 < (retry_after_seconds(soon) or 0) <= 30
    assert retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after_seconds(" 12 ") == 12
    assert retry_after_seconds("9" * 400) == 999_999_999
    later = email.utils.format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True)
    failure = http_failure("host", 429, later)
    assert isinstance(failure, Transient)
    assert (failure.wait or 0) > 80_000


@given(st.text(max_size=40))
def test_any_retry_after_is_a_pause_or_nothing(text: str) -> None:
    pause = retry_after_seconds(text)
    assert pause is None or pause >= 0


# Archives


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "../squares.txt",
        "a/../../squares.txt",
        "/squares.txt",
        "\\squares.txt",
        "..\\squares.txt",
        "~/squares.txt",
    ],
)
def test_a_member_that_leads_out_is_refused_wherever_the_archive_comes_from(
    name: str, server: Server, store: Store, tmp_path: Path
) -> None:
    archive = zipped((name, CONTENT))
    source = file(server, whole(archive), name="squares.zip")
    refused(source, store, "leads out of it")
    brought = tmp_path / "brought"
    brought.mkdir()
    (brought / "squares.zip").write_bytes(archive)
    (line,) = import_folder(brought, store, {"squares": source})
    assert line.status == "refused"
    assert "leads out of it" in line.what
    assert nothing_kept(store)
    assert {path.name for path in tmp_path.iterdir()} <= {"brought", "data"}


@pytest.mark.parametrize("megabytes", [65, 80])
def test_a_bomb_is_refused_before_it_is_lit(
    megabytes: int, server: Server, store: Store, tmp_path: Path
) -> None:
    """A thousandfold: 80 MB of zeros in 80 kB."""
    archive = zipped(("squares.txt", bytes(megabytes << 20)))
    assert len(archive) < 100_000
    refused(file(server, whole(archive), name="squares.zip"), store, "than is credible")
    bomb = tmp_path / "squares.zip"
    bomb.write_bytes(archive)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Corrupt, match="would become more than is credible"):
        unpack(bomb, lambda name: True, out)
    assert list(out.iterdir()) == []


def test_many_small_members_are_counted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "USUAL_TOTAL", 1 << 20)
    bomb = tmp_path / "many.zip"
    bomb.write_bytes(zipped(*((f"{n}/squares.txt", bytes(1 << 18)) for n in range(8))))
    with pytest.raises(Corrupt, match="credible"):
        unpack(bomb, lambda name: True, tmp_path)
    assert len(unpack(bomb, lambda name: name.startswith("7/"), tmp_path)) == 1


def test_a_tarball_is_counted_in_passing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not wanted has to be unpacked too, to get past it."""
    monkeypatch.setattr(archives, "USUAL_TOTAL", 1 << 20)
    bomb = tmp_path / "bomb.tar.gz"
    with tarfile.open(bomb, "w:gz") as content:
        for name, size in (("squares.txt", 1), ("unwanted", 1 << 22)):
            member = tarfile.TarInfo(name)
            member.size = size
            content.addfile(member, io.BytesIO(bytes(size)))
    with pytest.raises(Corrupt, match="credible"):
        unpack(bomb, lambda name: name == "squares.txt", tmp_path)


def test_a_member_that_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    """Its header claims 10 bytes; they are followed by a megabyte."""
    honest = zipped(("squares.txt", bytes(1 << 20)))
    size = struct.pack("<L", 1 << 20)
    assert honest.count(size) == 2
    liar = tmp_path / "liar.zip"
    liar.write_bytes(honest.replace(size, struct.pack("<L", 10)))
    with pytest.raises(Corrupt, match="not a whole archive"):
        unpack(liar, lambda name: True, tmp_path)


def test_a_link_in_a_tarball_is_not_followed(tmp_path: Path) -> None:
    archive = tmp_path / "links.tar"
    with tarfile.open(archive, "w") as content:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            member = tarfile.TarInfo("squares.txt")
            member.type, member.linkname = kind, "/etc/passwd"
            content.addfile(member)
    assert unpack(archive, lambda name: True, tmp_path) == {}


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as content:
        member = tarfile.TarInfo("squares.txt")
        member.size = len(CONTENT)
        content.addfile(member, io.BytesIO(CONTENT))
    return buffer.getvalue()


@given(st.sampled_from([zipped(("squares.txt", CONTENT)), tarred()]), st.data())
def test_a_damaged_archive_is_whole_or_corrupt(
    tmp_path_factory: pytest.TempPathFactory, archive: bytes, data: st.DataObject
) -> None:
    """Whatever bytes are changed, there are members, or it is refused: no other exception.

    A zip archive's checksums tell; a tarball's members are told apart by their own hashes later.
    """
    content = bytearray(archive)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 2, len(content))) :]
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "archive").write_bytes(content)
    with suppress(Corrupt):
        members = unpack(folder / "archive", lambda name: True, folder)
        if zipfile.is_zipfile(folder / "archive"):
            assert all(path.read_bytes() == CONTENT for path in members.values())
