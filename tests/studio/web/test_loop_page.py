"""The demonstration's page: one file, honest, complete, safe, and readable on a phone."""

import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from studio.services.demo.story import LoopStory, ProductStory
from studio.web.loop_page import facts, headlines, render_loop
from studio.web.wording import count, interval, percent, signed_percent
from tests.studio.web_story import loop, product, variant

CLEAR = {
    "returning": {"white": 0.04, "wood": 0.07, "marble": 0.05},
    "new": {"white": 0.04, "wood": 0.07, "marble": 0.05},
}
SPLIT = {
    "returning": {"white": 0.04, "wood": 0.08, "marble": 0.04},
    "new": {"white": 0.04, "wood": 0.04, "marble": 0.08},
}
ALIKE = {name: {"white": 0.05, "wood": 0.05} for name in ("returning", "new")}
PHONE_PX = 390


@cache
def clear() -> ProductStory:
    return product(CLEAR)


@cache
def split() -> ProductStory:
    return product(SPLIT, item="tote", title="Tote", by_segment=True, visits=4000)


@cache
def alike() -> ProductStory:
    return product(ALIKE, item="towel", title="Towels", max_days=3)


@cache
def whole() -> LoopStory:
    return loop(clear(), split(), alike())


@cache
def page() -> str:
    return render_loop(whole())


class Page(HTMLParser):
    """What the tests ask of a page: its references, ids, texts, and whether tags match."""

    EMPTY = ("meta", "img", "br", "link", "input")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.images_without_alt: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.references += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "data")]
        if tag == "img" and "alt" not in found:
            self.images_without_alt.append(str(found.get("src"))[:40])
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if str(found.get("href", "")).startswith("#"):
            self.targets.append(str(found["href"])[1:])

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def text_of(*products: ProductStory) -> str:
    return Page(render_loop(loop(*products))).text


def test_the_page_is_one_file_without_references_outside_itself() -> None:
    found = Page(page())
    assert page().startswith("<!doctype html>")
    assert found.open == []
    assert found.references
    assert all(one.startswith(("data:image/", "#")) for one in found.references)
    assert not re.search(r"url\(|@import|https?://", page())


def test_every_anchor_has_its_target_and_ids_are_unique() -> None:
    found = Page(page())
    assert set(found.targets) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_every_picture_has_an_alternative_text_and_every_chart_a_name() -> None:
    assert Page(page()).images_without_alt == []
    charts = re.findall(r"<svg[^>]*>", page())
    assert charts
    assert all('role="img"' in chart and 'aria-label="' in chart for chart in charts)


def test_the_page_says_that_shoppers_are_simulated_at_its_head_and_at_each_test() -> None:
    tests = page().split('<section class="test"')[1:]
    assert len(tests) == len(whole().products)
    assert all("Simulated shoppers, clicks and preferences" in test for test in tests)
    assert "are simulated" in page().split("<header", maxsplit=1)[0].split("<body>")[1]


def test_the_headline_and_the_facts_count_what_the_story_counts() -> None:
    story = whole()
    assert f"{len(story.products)} photos became {story.images_made} images" in " ".join(
        headlines(story)
    )
    assert "2 products found their winning image" in " ".join(headlines(story))
    figures = {figure for figure, _ in facts(story)}
    assert {count(story.shoppers), f"{story.images_passed} of {story.images_made}"} <= figures
    assert "1 min 23 s" in Page(page()).text


def test_a_story_without_a_winner_says_so_in_its_headline() -> None:
    assert "no product had a winning image yet" in headlines(loop(alike()))[1]


def test_the_table_gives_each_image_its_numbers() -> None:
    text = text_of(clear())
    for found in clear().analysis.overall.variants:
        assert found.rate is not None
        assert count(found.impressions) in text
        bounds = interval(found.credible_interval)
        assert f"{percent(found.rate)} {percent(found.mean)} ({bounds})" in text
        if found.lift is not None and found.lift.raw is not None:
            assert signed_percent(found.lift.raw) in text
            assert signed_percent(found.lift.shrunken) in text


def test_the_verdict_shows_every_condition_of_the_gate() -> None:
    text = text_of(clear())
    assert "“Wood” was promoted for all shoppers on day " in text
    conditions = clear().analysis.verdict.conditions
    gate = page().split('class="gate"')[1].split("</table>")[0]
    assert gate.count("<tr>") == len(conditions)
    assert gate.count('aria-label="met"') == sum(one.passed for one in conditions)


def test_a_promotion_tells_when_and_why() -> None:
    (promotion,) = clear().promotions
    text = text_of(clear())
    assert f"Day {promotion.day} “Wood” for all shoppers. {promotion.reason}" in text


def test_the_hidden_truth_stands_beside_what_was_found() -> None:
    text = text_of(clear())
    assert "The promoted “Wood” is truly the best, overall and in each segment." in text
    assert "truly 7.00%" in text


def test_a_promotion_that_erred_is_called_an_error_with_its_cost() -> None:
    lied = {name: dict(rates) | {"marble": 0.10} for name, rates in CLEAR.items()}
    text = text_of(replace(clear(), hidden_rates=lied))
    assert "the promoted “Wood” is not the best. “Marble” is: 10.0% against 7.00%" in text
    assert "30.0% fewer clicks than the best" in text


def test_segments_with_winners_of_their_own_are_told_apart() -> None:
    text = text_of(split())
    winners = {promotion.segment: promotion.variant for promotion in split().promotions}
    assert winners == {"returning": "wood", "new": "marble"}
    assert "After, for “returning” shoppers" in text
    assert "After, for “new” shoppers" in text
    assert "For “new” shoppers, the promoted “Marble” is truly the best." in text
    assert "2 winners: Wood and Marble" in text


def test_a_test_without_a_winner_says_what_is_missing() -> None:
    text = text_of(alike())
    assert "Not promoted yet for all shoppers, because the gate is not met." in text
    for condition in alike().analysis.verdict.missing:
        assert condition.text in text
    assert "After: the default image, no winner was promoted" in text
    assert "all images are truly alike" in text
    assert "No winner yet" in text


def test_a_failed_check_shows_its_value_its_limit_and_its_fix() -> None:
    made = [variant("white", "Pure white"), variant("wood", "Wood", passed=False)]
    text = text_of(product(ALIKE, variants=made, max_days=2))
    assert "1 of 3 checks failed" in text
    assert "source enlarged 2.56 times, at most 2. To fix: use a larger photo" in text


def test_the_feed_shows_the_image_of_each_shopper_with_its_chance() -> None:
    text = text_of(clear())
    for answer in clear().feed:
        assert answer.shopper in text
        assert answer.decision.propensity is not None
        assert percent(answer.decision.propensity) in text
    assert "returning: yes" in text
    assert "Promoted winner" in text


def test_names_from_outside_cannot_become_markup() -> None:
    hostile = '<script>alert("x")</script>"\'&'
    rates = {name: {"white": 0.05, hostile: 0.05} for name in ("returning", "new")}
    told = product(
        rates,
        title=hostile,
        item=hostile,
        variants=[variant("white", hostile), variant(hostile, hostile)],
        max_days=2,
    )
    told = replace(told, description=hostile, category=hostile, segments={"new": hostile})
    html = render_loop(loop(told))
    assert "<script" not in html
    assert "script" not in Page(html).tags
    assert Page(html).open == []


@pytest.mark.parametrize("images", [2, 8, 20])
def test_any_number_of_images_makes_a_page(images: int) -> None:
    names = [f"scene-{i}" for i in range(images)]
    rates = {"new": {name: 0.05 + 0.001 * i for i, name in enumerate(names)}}
    found = Page(render_loop(loop(product(rates, max_days=2))))
    assert found.open == []
    assert all(name.title() in found.text for name in names)


def test_tiny_rates_and_one_day_make_a_page() -> None:
    rates = {"new": {"white": 0.00002, "wood": 0.00003}}
    html = render_loop(loop(product(rates, max_days=1, visits=50)))
    assert "nan" not in Page(html).text.lower().split()
    assert not re.search(r'="(nan|-?inf)', html)


def test_the_same_story_gives_the_same_page() -> None:
    assert render_loop(loop(alike())) == render_loop(loop(alike()))


@pytest.mark.browser
def test_nothing_is_wider_than_a_phone(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    long = "Hand-decorated-extraordinarily-long-product-name 手工彩绘超长产品名称" * 2
    rates = {name: {"white": 0.05, long: 0.06} for name in ("returning", "new")}
    named = product(rates, title=long, item="long", max_days=2)
    shown = tmp_path / "page.html"
    shown.write_text(render_loop(loop(clear(), split(), named)), encoding="utf-8")
    assert widest(chromium, shown) <= PHONE_PX


def widest(chromium: str, page_file: Path) -> int:
    """Width that the page takes in a frame as wide as a phone, with everything unfolded."""
    frame = page_file.with_name("frame.html")
    html = page_file.read_text(encoding="utf-8").replace("<details>", "<details open>")
    escaped = html.replace("&", "&amp;").replace('"', "&quot;")
    frame.write_text(
        f'<!doctype html><iframe style="width:{PHONE_PX}px;height:800px;border:0" srcdoc="{escaped}"'
        " onload=\"document.title='width '+this.contentDocument.documentElement.scrollWidth\"></iframe>",
        encoding="utf-8",
    )
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--virtual-time-budget=20000", "--dump-dom",
         f"--user-data-dir={page_file.parent / 'profile'}", frame.as_uri()],
        capture_output=True, text=True, check=True, timeout=240,
    )  # fmt: skip
    found = re.search(r"<title>width (\d+)</title>", done.stdout)
    assert found is not None, done.stdout[:300]
    return int(found[1])
