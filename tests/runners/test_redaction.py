"""What is taken out of texts, and what is left as it is."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from redaction_help import forget_secrets

from benchmarks import registry
from runners.redaction import HIDDEN, address, for_others, for_owner, values_for_others

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody's home, secrets of theirs, and a tracking server."""
    for name, value in {
        "HOME": "/home/ada",
        "MLFLOW_TRACKING_URI": "https://ada:hun%40ter2@mlflow.example.org:8443/team",
        "MLFLOW_TRACKING_TOKEN": "tok3n-of-ada!",
        "AWS_SECRET_ACCESS_KEY": KEY,
        "SOME_PASSWORD": "true",
        "SIGNING_KEY_FILE": "/home/ada/keys/one.pem",
    }.items():
        monkeypatch.setenv(name, value)
    forget_secrets()
    yield
    monkeypatch.undo()
    forget_secrets()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ada:hunter2@example.org/x", "https://example.org/x"),
        ("https://ada:h@nt@r2@example.org/x failed", "https://example.org/x failed"),
        ("https://ada:p/w:1@example.org/x", "https://example.org/x"),
        ("ssh://git@example.org/o/r.git", "ssh://example.org/o/r.git"),
        ("postgresql+psycopg://u:p@db.example.org/x", "postgresql+psycopg://db.example.org/x"),
        ("it is hun@ter2 or hun%40ter2.", f"it is {HIDDEN} or {HIDDEN}."),
        (f"key {KEY}", f"key {HIDDEN}"),
        ("(tok3n-of-ada!)", f"({HIDDEN})"),
        ("Authorization: Bearer abcdefgh.ijkl", f"Authorization: Bearer {HIDDEN}"),
        ("?token=abcd1234&x=1", f"?token={HIDDEN}&x=1"),
        ("MLFLOW_TRACKING_PASSWORD='open sesame'", f"MLFLOW_TRACKING_PASSWORD={HIDDEN}"),
        ("AKIAIOSFODNN7EXAMPLE", HIDDEN),
        ("a ghp_" + "x" * 36, f"a {HIDDEN}"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----.", f"{HIDDEN}."),
        ("/home/ada/folio/runs", "~/folio/runs"),
        ("in '/home/ada'", "in '~'"),
        (f"{os.getcwd()}/runs/x.json and {os.getcwd()}", "runs/x.json and ."),
    ],
)
def test_secrets_leave_neither_the_machine_nor_the_terminal(text: str, shown: str) -> None:
    assert for_owner(text) == shown
    assert for_others(text) == shown


def test_a_login_is_known_in_the_form_of_a_header_too() -> None:
    login = base64.b64encode(b"ada:hun@ter2").decode()
    assert login not in for_owner(f"header {login}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "[Errno 2] No such file: '/mnt/my data/churn.csv'",
            "[Errno 2] No such file: '…/churn.csv'",
        ),
        ('File "/home/eve/lib/x.py", line 3', 'File "…/x.py", line 3'),
        ("/home/eve is full", "~ is full"),
        ("/Users/eve/x.csv", "~/x.csv"),
        ("sqlite:////home/ada/runs/mlflow.db", "…/mlflow.db"),
        ("file:///srv/my%20runs/artifacts", "…/artifacts"),
        ("--xla_dump_to=/mnt/disk/dump", "--xla_dump_to=…/dump"),
        (r"C:\Users\eve\churn.csv", "…/churn.csv"),
        ("cannot reach https://mlflow.example.org:8443/team/api", f"cannot reach {HIDDEN}"),
    ],
)
def test_others_get_no_paths_and_no_servers(text: str, shown: str) -> None:
    assert for_others(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "kg/m³, and/or, 3/4 of uci/wine/mlp-64/0",
        "https://doi.org/10.24432/C56C76 (read 2026/11/30)",
        "https://medium.com/@user/article and http://example.org:8080/a@2x.png",
        "max_tokens=128, tokenizer=wordpiece, token = 3, this is true",
        "iVBORw0KGgo/abc/def+/gh/ij==",
        "task-with-a-very-long-name-indeed, root mean squared error, homes and Users",
        "git@github.com:ada/folio.git",
        "mailto:ada@example.org",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert for_owner(text) == text
    assert for_others(text) == text


def test_what_the_project_says_itself_is_left_alone() -> None:
    """Else its fingerprints would hang on the folders of a machine."""
    for benchmark in registry.load().benchmarks.values():
        protocol, source = benchmark.protocol, benchmark.data
        texts = [benchmark.question, benchmark.lessons, source.title, source.url, source.licence]
        texts += [str(value) for value in vars(protocol).values() if isinstance(value, str)]
        texts += [text for e in benchmark.entries for text in (e.about, *e.protocol.values())]
        assert [for_others(text) for text in texts] == texts, benchmark.name


def test_values_keep_their_shape() -> None:
    value = {"/mnt/a/b": [1, None, ("https://u:p@example.org", 2.5)]}
    assert values_for_others(value) == {"…/b": [1, None, ["https://example.org", 2.5]]}


def test_an_address_is_told_without_its_login_and_query() -> None:
    assert address("https://ada:h@x@example.org/a?sig=1") == "https://example.org/a"
    assert address("databricks") == "databricks"


def test_a_home_reached_through_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "disk" / "eve").mkdir(parents=True)
    (tmp_path / "eve").symlink_to(tmp_path / "disk" / "eve")
    monkeypatch.setenv("HOME", str(tmp_path / "eve"))
    forget_secrets()
    assert for_owner(f"{tmp_path}/eve/x {tmp_path}/disk/eve/x") == "~/x ~/x"
