"""The page of a batch: failures first with reason and fix, nothing from elsewhere, nothing trusted."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.services.gallery import Entry, Preview
from studio.web.gallery import PAGE_IMAGES, gallery_images, render_gallery
from studio.web.gallery_words import both

HOSTILE = '<script>alert("1")</script>'


def entry(
    stem: str, *, passed: bool = True, kind: str = "white", error: str = "", **settings: Any
) -> Entry:
    checks = [
        {"name": "product lock", "value": "0", "limit": "0", "outcome": "pass", "fix": ""},
        {"name": "file", "value": "jpeg", "limit": "", "outcome": "note", "fix": ""},
    ]
    if not passed and not error:
        checks.append({"name": "bytes", "value": "900,001", "limit": "at most 1,000", "outcome": "fail",
                       "fix": "save it smaller"})  # fmt: skip
    report = {"schema": 1, "name": f"{stem}.jpg", "passed": passed, "kind": kind, "settings": settings,
              "error": error, "checks": [] if error else checks}  # fmt: skip
    after = (
        None if error else Preview(src=f".gallery/after-{stem}.jpg", width_px=900, height_px=900)
    )
    return Entry(
        stem=stem,
        report=report,
        href="" if error else f"{stem}.jpg",
        full="" if error else f"{stem}.jpg",
        after=after,
        before=Preview(src=".gallery/before-1.jpg", width_px=900, height_px=600),
    )


class Links(HTMLParser):
    """Every address that a page names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            value for name, value in attrs if name in {"src", "href", "srcset"} and value
        ]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page(*entries: Entry) -> str:
    (only,) = render_gallery(gallery_images(entries), title="Spring")
    assert only.name == "index.html"
    return only.html


def test_failures_come_first_with_value_limit_and_fix() -> None:
    html = page(
        entry("good"),
        entry("bad", passed=False),
        entry("gone", passed=False, error="cut off; send it again"),
    )
    places = [html.index(f'data-title="{name}.jpg"') for name in ("bad", "gone", "good")]
    assert places == sorted(places)
    for words in ("900,001", "at most 1,000", "save it smaller", "cut off; send it again"):
        assert words in html
    assert "1 of 3 images is ready." in html
    assert "3 张图片中 1 张合格。" in html


def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = page(entry("a"), entry("b", passed=False), entry("c", kind="scene", template="raw-wood"))
    assert Links(html).found
    for address in Links(html).found:
        assert not re.match(r"\w+:|//|/", address), address
    assert "@import" not in html
    assert "url(" not in html


def test_numbers_agree_with_the_reports() -> None:
    html = page(*(entry(f"i{n}") for n in range(7)), entry("bad", passed=False))
    assert "7 of 8 images are ready." in html
    figures = re.findall(r"<dd>([\d,]+)</dd>", html)
    assert figures == ["8", "7", "1", "9", "1"]


def test_names_are_never_trusted() -> None:
    html = page(entry(HOSTILE, passed=False, kind=HOSTILE, error=HOSTILE, template=HOSTILE))
    assert HOSTILE not in html
    assert html.count("<script>") == 1


def test_many_images_are_spread_over_pages() -> None:
    pages = render_gallery(
        gallery_images(entry(f"i{n}") for n in range(PAGE_IMAGES + 1)), title="All"
    )
    assert [one.name for one in pages] == ["index.html", "index-2.html"]
    assert pages[1].html.count("data-image") - pages[0].html.count("data-image") == 1 - PAGE_IMAGES
    for one in pages:
        assert {"index.html", "index-2.html"} <= set(Links(one.html).found)
        assert f"All {PAGE_IMAGES + 1} images are ready." in one.html


def test_a_choice_is_offered_only_where_there_is_one() -> None:
    alike = page(entry("a"), entry("b"))
    assert 'data-filter="kind"' not in alike
    varied = page(entry("a", spec="ebay"), entry("b", kind="scene", template="raw-wood"))
    assert re.findall(r'<option value="([\w-]+)">', varied) == [
        "scene",
        "white",
        "ebay",
        "raw-wood",
    ]


def test_an_empty_folder_has_a_page_too() -> None:
    assert "No images yet." in page()


def test_what_has_no_translation_stays_english() -> None:
    assert str(both("some new check")) == "some new check"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 500])
def test_nothing_overflows(tmp_path: Path, width: int) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium here; run `apt-get install chromium`")
    html = page(
        entry("a-very-long-name-without-any-blank-in-it-that-somebody-gave-to-a-photo" * 2),
        entry("bad", passed=False), entry("gone", passed=False, error="x" * 300),
        entry("b", kind="scene", template="light-luxury-marble"), entry("c", kind="cutout"),
    )  # fmt: skip
    (tmp_path / ".gallery").mkdir()
    for name in Links(html).found:
        if name.startswith(".gallery/"):
            Image.new("RGB", (90, 60)).save(tmp_path / name)
    probe = "<script>document.title = document.documentElement.scrollWidth + ' ' + innerWidth</script></body>"
    (tmp_path / "index.html").write_text(html.replace("</body>", probe), encoding="utf-8")
    ran = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900", "--dump-dom",
         (tmp_path / "index.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    scrolled, inner = map(int, re.findall(r"<title>(\d+) (\d+)</title>", ran.stdout)[0])
    assert scrolled <= inner
