"""The owner's part of the page: what is accepted, what is refused, and that prose stays prose."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import portfolio_synthetic as synthetic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from portfolio.__main__ import main
from portfolio.owner import accent, markdown, profile
from portfolio.page.build import build

KNOWN = {"uci/concrete", "uci/wine", "cifar/cifar10"}


def write(home: Path, text: str) -> Path:
    (home / "portfolio.toml").write_text(text, encoding="utf-8")
    return home


def note(home: Path, name: str, text: str | bytes) -> None:
    path = home / "portfolio/notes" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def picture(path: Path, size: tuple[int, int] = (400, 300), kind: str = "PNG") -> None:
    Image.new("RGB", size, "#336699").save(path, kind)


WHOLE = """
name = "Ada Example"
headline = "Engineer, Gothenburg"
url = "https://ada.example/bench"
picture = "me.png"
accent = "#8A2BE2"
feature = ["uci/wine", "uci/concrete"]

[links]
GitHub = "https://github.com/example"
Email = "mailto:ada@example.org"
"""


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    picture(tmp_path / "me.png")
    owner = profile.read(write(tmp_path, WHOLE), KNOWN)
    assert (owner.name, owner.headline) == ("Ada Example", "Engineer, Gothenburg")
    assert owner.url == "https://ada.example/bench/"
    assert owner.feature == ("uci/wine", "uci/concrete")
    assert list(owner.links) == ["GitHub", "Email"]
    assert owner.accent == "#8a2be2"
    kind, _, content = owner.picture.partition(",")
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as small:
        assert small.size == (profile.PICTURE, profile.PICTURE)
    assert len(owner.picture) < 40_000


def test_without_a_file_there_is_nobody(tmp_path: Path) -> None:
    assert profile.read(tmp_path, KNOWN) == profile.NOBODY
    assert profile.notes(tmp_path, KNOWN) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('naem = "Ada"', "line 1: the key 'naem' is not known; accepted: accent, feature, "
         "headline, links, mlflow, name, picture, publish, samples, url; perhaps name?"),
        ('\nname = "Ada\n', "line 2"),
        ('name = ""', "name: expected one line of at most 200 characters, received ''"),
        ("name = 7", "name: expected one line"),
        ('accent = "blue"', "accent: expected a colour such as \"#0b57a4\", received 'blue'"),
        ('accent = "#0b57a4; }"', "accent: expected a colour"),
        ('feature = ["uci/concret"]',
         "the benchmark 'uci/concret' is not known; accepted: cifar/cifar10, uci/concrete, "
         "uci/wine; perhaps uci/concrete?"),
        ('feature = "uci/wine"', "feature: expected a list of benchmark names"),
        ('links = "https://example.org"', "links: expected a table of at most 8 links"),
        ('name = "Ada"\n[links]\nX = "javascript:alert(1)"',
         "line 2: links: expected an address beginning with https or http or mailto:, received "
         "'javascript:alert(1)'"),
        ('url = "ftp://example.org"', "url: expected an address beginning with https or http:"),
        ('url = "https://"', "url: expected an address"),
        ('picture = "gone.png"', "picture: expected a picture at"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(profile.OwnerError) as caught:
        profile.read(write(tmp_path, text), KNOWN)
    assert "portfolio.toml" in str(caught.value)
    assert said in str(caught.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(profile.OwnerError) as caught:
        profile.read(write(tmp_path, 'naem = "Ada"\naccent = "blue"\n'), KNOWN)
    assert len(str(caught.value).splitlines()) == 2


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "portfolio.toml").write_bytes(b"\xff\xfename")
    with pytest.raises(profile.OwnerError, match="expected a text file in UTF-8"):
        profile.read(tmp_path, KNOWN)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a not really", "expected a PNG, JPEG or WebP picture, received me.png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "expected a PNG, JPEG"),
        (b"", "expected a PNG, JPEG"),
        (b"x" * (profile.LARGEST_PICTURE + 1), "expected at most 8,000,000 bytes"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "me.png").write_bytes(content)
    with pytest.raises(profile.OwnerError, match=said):
        profile.read(write(tmp_path, 'picture = "me.png"'), KNOWN)


def test_half_a_picture_is_refused(tmp_path: Path) -> None:
    noise = Image.effect_noise((200, 200), 90)
    noise.save(tmp_path / "me.png")
    content = (tmp_path / "me.png").read_bytes()
    (tmp_path / "me.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(profile.OwnerError, match="expected a whole picture"):
        profile.read(write(tmp_path, 'picture = "me.png"'), KNOWN)


def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path) -> None:
    Image.new("1", (10_000, 6_000)).save(tmp_path / "me.png")
    with pytest.raises(profile.OwnerError, match="received 10000 by 6000"):
        profile.read(write(tmp_path, 'picture = "me.png"'), KNOWN)


def test_nothing_of_a_pictures_metadata_is_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (300, 300)).save(tmp_path / "me.jpg", exif=exif)
    owner = profile.read(write(tmp_path, 'picture = "me.jpg"'), KNOWN)
    content = base64.b64decode(owner.picture.partition(",")[2])
    assert b"taken at home" in (tmp_path / "me.jpg").read_bytes()
    assert b"taken at home" not in content


def test_notes_are_found_by_name(tmp_path: Path) -> None:
    note(tmp_path, "uci/concrete", "What **I** tried")
    note(tmp_path, "uci/wine", "  \n")
    assert profile.notes(tmp_path, KNOWN) == {"uci/concrete": "What **I** tried"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("uci/concret", "x", "a note on 'uci/concret' is not known"),
        ("uci/wine", b"\xff", "expected UTF-8"),
        ("uci/wine", "x" * 100_001, "expected at most 100,000 bytes, received 100,001"),
    ],
)
def test_wrong_notes_are_named(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    note(tmp_path, name, content)
    with pytest.raises(profile.OwnerError) as caught:
        profile.notes(tmp_path, KNOWN)
    assert f"portfolio/notes/{name}.md" in str(caught.value)
    assert said in str(caught.value)


class Tags(HTMLParser):
    """Tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


ALLOWED = {"p", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "br"}
ALLOWED |= {"h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}


def harmless(html: str) -> bool:
    """Whether there are only plain tags, and links to the web or a mailbox."""
    for tag, attributes in Tags(html).found:
        if tag not in ALLOWED or set(attributes) - {"href", "rel", "title", "class", "start",
                                                    "style"}:  # fmt: skip
            return False
        if not re.match("https?://|mailto:", attributes.get("href") or "https://"):
            return False
        if attributes.get("style") not in (None, "text-align:left", "text-align:right",
                                           "text-align:center"):  # fmt: skip
            return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "![x](https://example.org/pixel.png)",
        "[x]\n\n[x]: javascript:alert(1) 'y'",
        "[x](//example.org)",
        "[x](other.html)",
        "```html\n<script>\n```",
        '[x](https://example.org "\\" onmouseover=alert(1)")',
    ],
)
def test_prose_can_do_no_harm(text: str) -> None:
    html = str(markdown.html(text))
    assert harmless(html), html
    assert "<img" not in html


@given(
    st.text(alphabet=st.sampled_from(list("<>[]()!#*_`\"'&;:/ \n\t-|.javscriptdhm0x\u202e\x00")))
)
def test_no_prose_can_do_harm(text: str) -> None:
    html = str(markdown.html(text))
    assert harmless(html)
    assert "\u202e" not in html
    assert "\x00" not in html


def test_prose_keeps_what_is_wanted() -> None:
    html = str(
        markdown.html("# Title\n\nA [link](https://example.org) and *stress*.\n\n- one\n\n&#x202e;")
    )
    assert "<h3>Title</h3>" in html
    assert '<a href="https://example.org" rel="noopener noreferrer nofollow">link</a>' in html
    assert "<em>stress</em>" in html
    assert "<li>one</li>" in html
    assert "\u202e" not in html


def test_headings_skip_no_level() -> None:
    html = str(markdown.html("## a\n\n###### b\n\n### c\n\n## d\n\n# e"))
    assert re.findall(r"<(h\d)>(.)", html) == [
        ("h3", "a"), ("h4", "b"), ("h5", "c"), ("h4", "d"), ("h3", "e")
    ]  # fmt: skip


def test_the_colour_of_the_page_itself_is_legible() -> None:
    css = Path("portfolio/page/templates/style.css").read_text(encoding="utf-8")
    for ground in (*accent.LIGHT, *accent.DARK):
        assert ground in css
    light, dark = re.findall(r"--ours: (#[0-9a-f]{6});", css)[:2]
    assert accent.legible(light, accent.LIGHT) == light
    assert accent.legible(dark, accent.DARK) == dark


def test_contrast_of_the_extremes() -> None:
    assert accent.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert accent.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@given(st.integers(0, 0xFFFFFF))
def test_every_colour_is_made_legible(number: int) -> None:
    colour = f"#{number:06x}"
    for grounds in (accent.LIGHT, accent.DARK):
        shown = accent.legible(colour, grounds)
        assert accent.HEX.fullmatch(shown)
        assert all(accent.contrast(shown, ground) >= accent.LEAST for ground in grounds)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    picture(tmp_path / "me.png")
    note(tmp_path, "uci/concrete", "I tried *three* things. <b>bold</b>")
    synthetic.showcase(tmp_path / "runs")
    return tmp_path


def test_the_page_shows_its_owner(home: Path) -> None:
    build(write(home, WHOLE) / "runs", home / "site")
    index = (home / "site/index.html").read_text(encoding="utf-8")
    assert "Ada Example" in index
    assert "Engineer, Gothenburg" in index
    assert 'href="https://github.com/example"' in index
    assert 'src="data:image/webp;base64,' in index
    assert index.count(accent.legible("#8a2be2", accent.DARK)) == 2
    board = re.findall(r'<tr class="one" id="(.*?)"', index)
    assert board[:2] == ["uci-wine", "uci-concrete"]
    assert index.index("Featured") < index.index("uci-wine")
    assert 'content="https://ada.example/bench/cards/portfolio.png"' in index
    page = (home / "site/uci/concrete.html").read_text(encoding="utf-8")
    assert "In Ada Example’s words" in page
    assert "I tried <em>three</em> things. &lt;b&gt;bold&lt;/b&gt;" in page
    assert "Written by Ada Example." in page
    assert 'content="https://ada.example/bench/cards/uci/concrete.png"' in page
    assert 'rel="canonical" href="https://ada.example/bench/uci/concrete.html"' in page
    assert "words" not in (home / "site/uci/wine.html").read_text(encoding="utf-8").split("<h2>")


def test_without_an_owner_there_are_no_empty_boxes(home: Path) -> None:
    (home / "portfolio/notes/uci/concrete.md").unlink()
    build(home / "runs", home / "site")
    index = (home / "site/index.html").read_text(encoding="utf-8")
    assert 'class="owner"' not in index
    assert "<img" not in index
    assert "Featured" not in index
    assert 'class="own"' not in (home / "site/uci/concrete.html").read_text(encoding="utf-8")


def test_notes_alone_are_enough(home: Path) -> None:
    build(home / "runs", home / "site")
    page = (home / "site/uci/concrete.html").read_text(encoding="utf-8")
    assert "In the owner’s words" in page
    assert "Written by the owner of this page." in page


def test_a_wrong_file_stops_the_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, 'name = "Ada"\nfeature = ["uci/nothing"]')
    code = main(["--runs", str(home / "runs"), "--site", str(home / "site")])
    assert code == 2
    assert "portfolio.toml, line 2: feature: the benchmark 'uci/nothing'" in capsys.readouterr().err
    assert not (home / "site").exists()


def test_a_wrong_file_costs_no_finished_run(home: Path) -> None:
    summary = build(write(home, 'naem = "Ada"') / "runs", home / "site")
    assert "the key 'naem' is not known" in summary["notes"][-1]
    index = (home / "site/index.html").read_text(encoding="utf-8")
    assert "the key &#39;naem&#39; is not known" in index
    assert "I tried" in (home / "site/uci/concrete.html").read_text(encoding="utf-8")


def test_prose_changes_no_number(home: Path) -> None:
    plain = build(home / "runs", home / "plain", home=home / "nowhere")
    owned = build(write(home, WHOLE) / "runs", home / "site")
    assert plain["benchmarks"] == owned["benchmarks"]
