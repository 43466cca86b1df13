"""The documents hold: links lead somewhere, commands exist and take what they are given."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import CHECKOUT

from runners.__main__ import parser

DOCUMENTS = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]
MAKEFILE = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r"\b[A-Z]{1,9}\b", MAKEFILE))


def commands(page: Path) -> list[str]:
    """What the document says to type: lines of its shell blocks and code inside sentences."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return lines + [code.replace("\n", " ") for code in re.findall(r"`([^`]+)`", prose)]


def words(command: str) -> list[str]:
    """The words of a command without settings before it, redirection and remark."""
    try:
        split = shlex.split(command, comments=True)
    except ValueError:  # prose in code marks
        return []
    while split and re.fullmatch(r"[A-Z_]+=.*", split[0]):
        split = split[1:]
    return split[: split.index(">")] if ">" in split else split


def given(start: str) -> list[tuple[str, list[str]]]:
    found = [(page.name, words(line)) for page in DOCUMENTS for line in commands(page)]
    return [(page, split) for page, split in found if " ".join(split).startswith(start)]


def test_every_make_command_has_its_target_and_variables() -> None:
    unknown = []
    lines = given("make ")
    assert len(lines) > 60
    for page, split in lines:
        settings = [word.partition("=")[0] for word in split[1:] if "=" in word]
        targets = [word for word in split[1:] if "=" not in word]
        if set(targets) - TARGETS or set(settings) - VARIABLES:
            unknown.append(f"{page}: {' '.join(split)}")
    assert not unknown


def test_every_command_of_runners_takes_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    refused = []
    lines = [
        (page, split[split.index("runners") + 1 :])
        for start in ("python -m runners ", ".venv/bin/python -m runners ", ".venv-next/bin/python")
        for page, split in given(start)
        if "runners" in split
    ]
    assert len(lines) > 30
    for page, split in lines:
        try:
            parser(split).parse_args(split)
        except SystemExit as ended:
            said = capsys.readouterr().err
            named = len(split) == 1 and "required" in said  # the verb alone, in a sentence
            if ended.code and not named:
                refused.append(f"{page}: {' '.join(split)}: {said.splitlines()[-1]}")
    assert not refused


def test_links_between_documents_lead_somewhere() -> None:
    links = {
        (page, target)
        for page in DOCUMENTS
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text())
        if not re.match(r"[a-z]+:|#", target)
    }
    assert len(links) > 30
    broken = [
        f"{page.relative_to(CHECKOUT)}: {target}"
        for page, target in sorted(links)
        if not (page.parent / target.partition("#")[0]).exists()
    ]
    assert not broken
