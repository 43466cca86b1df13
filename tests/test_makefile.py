"""The Makefile passes what was typed as it was typed, and makes its environment anywhere."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import CHECKOUT

HOSTILE = (
    "x'; touch y; '",
    'x"; touch y; "',
    "$(shell touch y)",
    "$(touch y) `touch y` $$HOME ${HOME}",
    "a b#c?%25*\\",
    "-x",
    "Größe",
)
CARDS = [*Path("/proc/driver/nvidia/gpus").glob("*")] or shutil.which("nvidia-smi")
GIVEN = """#!/bin/sh
exec '{python}' -I -c '
import json, os, sys
print(json.dumps([sys.argv[1:], dict(os.environ)]))' "$@"
"""


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`make` in a folder; the variables of the calling make stay out of it."""
    clean = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    return subprocess.run(
        ["make", "-s", *arguments],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A checkout with an odd path whose Python prints what it is given."""
    folder = tmp_path / "it's a #?%25 Größe"
    folder.mkdir()
    shutil.copy(CHECKOUT / "Makefile", folder)
    return folder


@pytest.fixture
def printing(clone: Path) -> Path:
    """The clone with a ready environment; `-m` prints arguments and environment as JSON."""
    python = clone / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(GIVEN.format(python=sys.executable))
    python.chmod(0o755)
    for name in ("requirements.lock", "requirements-dev.lock", ".venv/ready", ".venv/ready-dev"):
        (clone / name).touch()
    return clone


def given(folder: Path, *arguments: str, **environment: str) -> tuple[list[str], dict[str, str]]:
    """What the command behind a target was given."""
    done = make(folder, *arguments, **environment)
    assert done.returncode == 0, done.stderr
    arguments_seen, environment_seen = json.loads(done.stdout)
    return arguments_seen, environment_seen


def test_a_card_has_what_it_needs_installed(printing: Path, tmp_path: Path) -> None:
    seen, _ = given(printing, "bench", "DEVICE=cpu")
    assert seen[-1] == "--device=cpu"
    (printing / "requirements-gpu.lock").touch()
    for driver in (False, True):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        if driver:
            (folder / "nvidia-smi").write_text("#!/bin/sh\n")
            (folder / "nvidia-smi").chmod(0o755)
        path = f"{folder}:{os.environ['PATH']}"
        done = make(printing, "-n", "bench", "DEVICE=gpu", PATH=path)
        assert done.returncode == 0, done.stderr
        installs = "-r requirements-gpu.lock" in done.stdout
        assert installs == (driver or bool(CARDS)), done.stdout
        assert '--device="$DEVICE"' in done.stdout


@pytest.mark.parametrize("text", HOSTILE)
def test_values_are_neither_run_nor_changed(printing: Path, text: str) -> None:
    seen, _ = given(printing, "bench", f"ONLY={text}", f"JOBS={text}", f"SUITE={text}")
    assert seen == ["-m", "runners", "bench", f"--only={text}", f"--suite={text}", f"--jobs={text}"]
    seen, _ = given(printing, "new", f"NAME={text}", f"FROM={text}", FORCE="0")
    assert seen == ["-m", "runners", "new", f"--from={text}", "--", text]
    seen, _ = given(printing, "compare", f"A={text}", B=text)
    assert seen == ["-m", "runners", "compare", "--", text, text]
    for internal in ("FOUND", "SPREAD", "LOCK", "option", "flag", "installed"):
        make(printing, "bench", f"{internal}={text}")
    assert not list(printing.rglob("y"))


@pytest.mark.parametrize("slip", ["ONYL", "only", "DEVCE"])
def test_a_variable_that_nothing_reads_is_refused(printing: Path, slip: str) -> None:
    done = make(printing, "bench", f"{slip}=uci/wine")
    assert done.returncode == 2
    assert not done.stdout, "the suite was begun"
    assert f"unknown variable {slip}; expected one of A " in done.stderr
    _, seen = given(printing, "bench", "KERAS_BACKEND=jax")
    assert seen["KERAS_BACKEND"] == "jax"


def test_every_variable_of_a_recipe_is_passed_through_the_environment() -> None:
    """A recipe reads a variable as "$$NAME" or by option and flag, never as $(NAME)."""
    text = (CHECKOUT / "Makefile").read_text()
    start = text.index("VARIABLES = ")
    declared = set(text[start : text.index("$(foreach", start)].replace("\\", " ").split()[2:])
    recipes = [line for line in text.splitlines() if line.startswith("\t")]
    lines = re.sub(r"\$\(if \$\([A-Z]+\),", "", "\n".join(recipes))  # asks whether it is given
    passed = set(re.findall(r"\$\$([A-Z_]+)|\(call \w+,([A-Z_]+)", lines))
    raw = set(re.findall(r"export ([A-Z_]+) = \$\(value [A-Z]+\)", text))
    assert {a or b for a, b in passed} <= declared | raw
    inlined = set(re.findall(r"\$\(([A-Z_]+)\)", lines))
    assert inlined <= {"SPREAD", "LOCK"}, "fixed texts, which the command line cannot override"


def test_what_redirects_python_and_pip_is_left_out(printing: Path) -> None:
    bent = {
        "PYTHONSAFEPATH": "1",
        "PYTHONSTARTUP": "gone.py",
        "PYTHONINSPECT": "1",
        "PYTHONHOME": "/gone",
        "PIP_TARGET": "elsewhere",
        "PIP_PREFIX": "elsewhere",
        "PIP_USER": "1",
        "PIP_INDEX_URL": "https://example.org/simple",
    }
    _, seen = given(printing, "list", **bent)
    assert not {"OUT", "TARGET", "NAME"} & seen.keys() - os.environ.keys()
    left = {name: value for name, value in seen.items() if name in bent}
    assert left == {"PIP_USER": "0", "PIP_INDEX_URL": bent["PIP_INDEX_URL"]}


def wheel(folder: Path) -> str:
    """A package `keras` of two lines; returns its line for a lock."""
    name = "keras-0.0-py3-none-any.whl"
    info = "keras-0.0.dist-info"
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("keras.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: keras\nVersion: 0.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return f"./{name} --hash=sha256:{digest}\n"


def test_the_environment_is_made_under_bent_settings_and_repaired(clone: Path) -> None:
    (clone / "requirements.lock").write_text(wheel(clone))
    bent = {
        "PIP_USER": "1",
        "PIP_TARGET": str(clone / "elsewhere"),
        "PYTHONSAFEPATH": "1",
        "PYTHONHOME": "/gone",
        "PIP_NO_INDEX": "1",
    }
    done = make(clone, ".venv/ready", **bent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(clone.glob(".venv/lib/*/site-packages/keras.py"))
    assert not (clone / "elsewhere").exists()

    python = clone / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/gone/python3")
    done = make(clone, ".venv/ready", **bent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Setting up .venv" in done.stdout
    assert subprocess.run([python, "-c", "import keras"]).returncode == 0
    assert make(clone, ".venv/ready", **bent).stdout == "", "nothing is left to be done"


def test_a_setting_of_pip_that_installs_elsewhere_is_named(clone: Path) -> None:
    (clone / "requirements.lock").write_text(wheel(clone))
    (clone / "pip.conf").write_text(f"[global]\ntarget = {clone / 'elsewhere'}\n")
    done = make(clone, ".venv/ready", PIP_CONFIG_FILE=str(clone / "pip.conf"))
    assert done.returncode != 0
    assert "pip put the packages outside of .venv" in done.stdout
    assert "pip config list" in done.stdout
    assert not (clone / ".venv/ready").exists()
