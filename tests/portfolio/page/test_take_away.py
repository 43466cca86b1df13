"""What a page gives away: figures and their numbers as files, a citation, a table, the record."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import portfolio_synthetic as synthetic
import pytest
from markupsafe import Markup

from benchmarks import registry
from portfolio.owner import accent
from portfolio.page import figures
from portfolio.page.build import build
from portfolio.page.figure_data import with_data
from portfolio.page.takeaway import downloads, figure_files
from portfolio.page.takeaway.citing import escaped
from runners.records.generations import Generations
from runners.records.store import Runs
from runners.results.summary import collect

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return synthetic.showcase(tmp_path_factory.mktemp("taken") / "runs")


@pytest.fixture(scope="module")
def site(runs: Runs) -> Path:
    (runs.root.parent / "portfolio.toml").write_text(
        'name = "Ada & Co"\nurl = "https://ada.example"'
    )
    build(runs.root, runs.root.parent / "site", registry.load().benchmarks)
    return runs.root.parent / "site"


def page(site: Path, name: str = "uci/concrete") -> str:
    return (site / f"{name}.html").read_text(encoding="utf-8")


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_every_figure_is_a_drawing_of_its_own_with_its_numbers(site: Path) -> None:
    drawings = sorted((site / figure_files.FOLDER).rglob("*.svg"))
    names = {path.stem for path in drawings}
    assert {"strip-uci-concrete-wide", "curves-uci-concrete-0-wide", "strip-uci-wine-wide"} <= names
    for path in drawings:
        text = path.read_text(encoding="utf-8")
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert float(root.attrib["width"]) > 100
        style = root.findtext(f"{SVG}style") or ""
        assert "svg text" in style
        assert "var(" not in text
        assert len(table(path.with_suffix(".csv"))) > 1
    texts = [path.read_text(encoding="utf-8") for path in site.rglob("*.html")]
    assert not any("<metadata>" in text for text in texts)


def test_numbers_of_a_figure_are_those_of_the_results(site: Path) -> None:
    results = json.loads((site / "results.json").read_bytes())
    (concrete,) = [one for one in results["benchmarks"] if one["name"] == "uci/concrete"]
    rows = table(site / "figures/uci/concrete/strip-uci-concrete-wide.csv")
    drawn = {row["what"]: float(row["RMSE, MPa"]) for row in rows}
    for entry in concrete["entries"]:
        assert drawn[entry["name"]] == entry["score"]["mean"]
    curve = table(site / "figures/uci/concrete/curves-uci-concrete-0-wide.csv")
    assert [int(row["epoch"]) for row in curve] == list(range(1, 401))
    assert all(float(r["min"]) <= float(r["median"]) <= float(r["max"]) for r in curve)


def test_a_drawing_in_two_widths_has_one_line_of_links(site: Path) -> None:
    links = re.findall(r'<a href="\.\./(figures/[^"]+)" download', page(site))
    assert len(links) == len(set(links))
    assert "figures/uci/concrete/strip-uci-concrete-wide.svg" in links
    assert not any("narrow" in link for link in links)
    assert all((site / link).is_file() for link in links)


def test_rules_of_the_page_come_along_with_the_owners_colour() -> None:
    drawing = (
        '<svg class="strip" viewBox="0 0 30 20"><path class="band x-none" d=""/>'
        '<text class="tick">1</text></svg>'
    )
    made = figure_files.standalone(drawing, str(accent.style("#8A2BE2")))
    assert 'width="30" height="20"' in made
    assert ".band { fill: #8A2BE2; fill-opacity: 0.10 }" in made
    assert ".m-headline" not in made
    assert "display" not in made


def test_foreign_text_stays_text_in_every_file() -> None:
    name = '=SUM(1)</metadata><script>alert("x")</script>'
    items = [figures.Item(name, 1.0, "1", "headline"), figures.Item("other", 2.0, "2", "entry")]
    drawing = figures.strip(items, caption="RMSE", better="min", name="x", title="<b>t</b>")
    text, files = figure_files.extracted(f"<figure>{drawing}</figure>", "uci/x.html")
    assert "<script" not in text + files["figures/uci/x/x-wide.svg"]
    assert 'aria-label="SVG: &lt;b&gt;t&lt;/b&gt;"' in text
    first = next(csv.DictReader(io.StringIO(files["figures/uci/x/x-wide.csv"])))
    assert first["what"] == f"'{name}"


def test_a_drawing_without_numbers_has_no_files() -> None:
    mark = '<svg role="img" aria-labelledby="a-t"><title>t</title></svg>'
    assert figure_files.extracted(mark, "index.html") == (mark, {})
    assert "<metadata>" in with_data(Markup(mark), ("x",), [(1,)])


def test_files_of_what_is_gone_are_removed(tmp_path: Path) -> None:
    runs, site = synthetic.showcase(tmp_path / "runs"), tmp_path / "site"
    build(runs.root, site)
    old = [site / "figures/uci/gone/x.svg", site / "downloads/uci/gone/uci-gone-record.json"]
    for path in old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
    own = site / "notes.txt"
    own.write_text("mine")
    build(runs.root, site)
    assert not any(path.exists() for path in old)
    assert own.exists()


def test_record_and_notebook_lie_beside_the_page(site: Path, runs: Runs) -> None:
    links = re.findall(r'<a href="\.\./(downloads/[^"]+)" download', page(site))
    assert [Path(link).suffix for link in links] == [".json", ".ipynb"]  # no network is kept
    record = json.loads((site / links[0]).read_bytes())
    assert (record["entry"]["name"], record["repeat"]) == ("mlp-50", 0)
    assert json.loads((site / links[1]).read_bytes())["nbformat"] == 4


def found(runs: Runs, url: str | None, allowed: tuple[str, ...] = ()) -> list[str]:
    """Files of a benchmark on data of one's own, whose page in the net is `url`."""
    collected: Generations = collect(runs)
    benchmark: Any = {
        "name": "mine/churn",
        "entries": [{"name": "mlp", "headline": True}],
        "data": {"url": url},
    }
    files = downloads.downloads(benchmark, collected, runs, None, allowed)
    return [file.what for file in files]


def test_ones_own_data_gives_nothing_away_unless_allowed(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    facts = synthetic.benchmark("mine/churn")
    synthetic.entries(runs, facts, {"mlp": (1.0, 0.1, dict(synthetic.HEADLINE))}, 2)
    runs.model("mine/churn", "mlp", "recipe-1").write_bytes(b"network")
    assert found(runs, None) == []
    assert found(runs, "https://example.org/data") == []
    assert found(runs, None, ("mine/churn",)) == ["record", "network"]
    runs.model("mine/churn", "mlp", "recipe-1").write_bytes(b"0" * (downloads.LARGEST + 1))
    assert found(runs, None, ("mine/churn",)) == ["record"]


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("95 % & 3_4 #1 $5 {a}", r"95 \% \& 3\_4 \#1 \$5 \{a\}"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("a~b^c<d>e|f", r"a\textasciitilde{}b\textasciicircum{}c\textless{}d\textgreater{}e"
         r"\textbar{}f"),
        ("4 ± 1\N{NARROW NO-BREAK SPACE}kWh/m²", r"4 $\pm$ 1\,kWh/m\textsuperscript{2}"),
        ("two\n\nlines", "two lines"),
        ("Hernández–Lobato", "Hernández--Lobato"),
    ],
)  # fmt: skip
def test_latex_prints_text_as_it_is(text: str, printed: str) -> None:
    assert escaped(text) == printed


def taken(site: Path) -> tuple[str, str]:
    """BibTeX entry and table of concrete's page."""
    section = page(site).partition('<section class="step" id="take">')[2].partition("</section>")[0]
    bibtex, latex = re.findall(r'<code class="run" tabindex="0">(.*?)</code>', section, re.S)
    return str(Markup(bibtex).unescape()), str(Markup(latex).unescape())


def test_a_citation_names_score_code_and_date(site: Path) -> None:
    bibtex, _ = taken(site)
    fields = dict(re.findall(r"^  (\w+)\s*= \{(.*)\},$", bibtex, re.M))
    assert bibtex.startswith("@misc{kerasfolio-uci-concrete-2026,\n")
    assert bibtex.count("{") == bibtex.count("}")
    assert fields["author"] == r"{Ada \& Co}"
    assert fields["date"] == "2026-11-21"
    assert fields["version"] == "TensorFlow 2.21.0, Keras 3.15.1, Python 3.12.1"
    assert fields["note"] == "Made with Kerasfolio, commit 0123456789ab"
    assert fields["url"] == "https://ada.example/uci/concrete.html"
    assert r"$\pm$" in fields["title"]
    assert "mlp-50" in fields["title"]


def test_the_table_has_a_line_a_score_best_first(site: Path) -> None:
    _, latex = taken(site)
    body = latex.partition("\\midrule\n")[2].partition("\n\\bottomrule")[0].splitlines()
    assert all(line.endswith(r" \\") and line.count(" & ") == 3 for line in body)
    scores = [float(re.findall(r"[\d.]+", line.split(" & ")[2])[0]) for line in body]
    assert scores == sorted(scores)
    assert sum(r"\textbf{mlp-50}" in line for line in body) == 1
    assert any("Gal" in line for line in body)
    assert latex.count("{") == latex.count("}")
