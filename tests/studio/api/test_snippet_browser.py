"""The snippet in a real browser, on a shop's page that is of another site than the server."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from studio.services.image_links import public_path
from studio.services.previews import Previews
from studio.services.tests import NewTest, NewVariant
from tests.studio.browser import Chromium, Page, chromium
from tests.studio.serving import engine_of, make_services, running

pytestmark = pytest.mark.browser

WATCH = """
window.shifts = 0;
new PerformanceObserver(list => list.getEntries().forEach(e => { shifts += e.value; }))
  .observe({type: 'layout-shift', buffered: true});
const native = setTimeout;
window.clock = {now: 0, alarms: [], last: 1e6};
window.setTimeout = function (work, wait) {
  if (!(wait >= 400)) return native.apply(window, arguments);
  clock.alarms.push({at: clock.now + wait, work, id: ++clock.last});
  return clock.last;
};
const clear = clearTimeout;
window.clearTimeout = id => { clock.alarms = clock.alarms.filter(a => a.id !== id); clear(id); };
window.pass = ms => {
  const until = clock.now + ms;
  for (;;) {
    const due = clock.alarms.filter(a => a.at <= until).sort((a, b) => a.at - b.at)[0];
    if (!due) break;
    clock.now = due.at;
    clock.alarms = clock.alarms.filter(a => a !== due);
    due.work();
  }
  clock.now = until;
};
window.beacons = [];
window.refuse = 0;
window.refused = [];
const ask = window.fetch;
window.fetch = (url, options) => {
  if (!url.includes('/v1/events')) return ask(url, options);
  if (refuse > 0) {
    refuse--;
    refused.push(...JSON.parse(options.body).events);
    return Promise.resolve(new Response('', {status: 429}));
  }
  beacons.push(...JSON.parse(options.body).events);
  return ask(url, options);
};
"""
"""Layout shifts are added up, waits of 400 ms and more are a clock of the test's, and events are
noted on their way; as many requests as `refuse` says are answered 429."""

BOTH_IN_VIEW = "clock.alarms.filter(a => a.at === clock.now + 1000).length === 2"
"""Where time has not passed yet: what is told of images once a second is over, waits for it."""
FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
HIDE_AND_SHOW = """
for (const hidden of [true, false]) {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}
"""

PAGE = """<!doctype html><meta charset="utf-8"><title>Shop</title>
<style>body{{margin:0;font:20px sans-serif}} img{{width:300px;height:auto;display:block}}</style>
<script async src="{server}/v1/snippet.js" {options}></script>
<h1>Shop</h1>{above}
<a href="/product?x=1"><img id="mug" data-packshot-item="mug" src="/default.png" srcset="/default.png 2x"
   width="300" height="200" alt="Mug"></a>
<picture><source srcset="/default.png"><img id="shoe" data-packshot-item="shoe" src="/default.png"
   width="300" height="200" alt="Shoe"></picture>
<img id="plain" data-packshot-item="unheard-of" src="/default.png" width="300" height="200" alt="">
<p>Below</p>{below}"""


def png(colour: str, size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


PICTURES = {
    "/default.png": png("grey", (300, 200)),
    "/square.png": png("red", (400, 400)),
    "/tall.png": png("blue", (200, 500)),
}


class Shop:
    """The shop's own web server: pages, pictures, nothing of Packshot."""

    def __init__(self) -> None:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                found = PICTURES.get(path)
                with shop.heard:
                    shop.asked.add(path)
                    shop.heard.notify_all()
                kind = "image/png" if found else "text/html"
                body = found or shop.pages.get(path, "<p>another page").encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.pages: dict[str, str] = {}
        self.asked: set[str] = set()
        self.heard = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def was_asked(self, path: str) -> None:
        """Wait until a browser asks for a page."""
        with self.heard:
            assert self.heard.wait_for(lambda: path in self.asked, 30)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Stand:
    """A shop, the Packshot server that it asks, and a browser."""

    def __init__(self, browser: Chromium, shop: Shop, folder: Path) -> None:
        self.browser = browser
        self.shop = shop
        made = make_services(folder, signed=True)
        self.services = replace(made, cors_origins=(shop.url,))
        self.previews = Previews(lambda: b"s" * 32, clock=time.time, image_url=public_path)
        self.services.feed._previews = self.previews
        self.key = self.services.keys.create(name="pages", scopes=("public",)).secret
        self.server = ""
        self.taken: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        for item in ("mug", "shoe"):
            self.start(item)
        kept = self.services.images.add_source(PICTURES["/square.png"]).digest
        self.start("lamp", images={"one": kept, "other": kept})
        self._note_events()

    def start(self, item: str, *, images: dict[str, str] | None = None) -> None:
        tests = self.services.tests
        elsewhere = {"square": f"{self.shop.url}/square.png", "tall": f"{self.shop.url}/tall.png"}
        images = images or elsewhere
        variants = tuple(NewVariant(name=name, image=image) for name, image in images.items())
        tests.start(tests.create(NewTest(item=item, variants=variants), who="m").id, who="m")

    def _note_events(self) -> None:
        """Keep what the intake was sent, after it was taken."""
        accept = self.services.events.accept

        def noted(raw_events: Sequence[Any]) -> Any:
            taken = accept(raw_events)
            with self._arrived:
                self.taken += raw_events
                self._arrived.notify_all()
            return taken

        self.services.events.accept = noted  # type: ignore[method-assign]

    def told_by(self, page: Page, count: int) -> list[dict[str, Any]]:
        """What a page's shopper did, once that many events have arrived."""
        return self.told_of(page.run("localStorage.getItem('packshot-unit')"), count)

    def told_of(self, unit: str, count: int) -> list[dict[str, Any]]:
        """What a shopper did, once that many events have arrived."""

        def told() -> list[dict[str, Any]]:
            return [one for one in self.taken if one["unit"] == unit]

        with self._arrived:
            assert self._arrived.wait_for(lambda: len(told()) >= count, 30), self.taken
            return told()

    def page(
        self, *, server: str | None = None, options: str = "", above: str = "", below: str = ""
    ) -> Page:
        """The shop's page in a tab of its own; the key is in it, and patience with a busy machine."""
        html = PAGE.format(
            server=server or self.server,
            options=f'data-key="{self.key}" {options} data-timeout="30000"',
            above=above,
            below=below,
        )
        self.shop.pages["/"] = html
        tab = Page(self.browser)
        tab.before_all(WATCH)
        tab.go(self.shop.url + "/")
        return tab


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def stand(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    shop = Shop()
    stand = Stand(browser, shop, tmp_path_factory.mktemp("home"))
    with running(stand.services, loopback=False) as stand.server:
        yield stand
    engine_of(stand.services).dispose()
    shop.close()


def states(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.run(
        "Object.fromEntries([...document.images].map(i => [i.id, i.dataset.packshot || '']))"
    )
    return found


DECIDED = "[...document.images].every(i => i.dataset.packshot)"


def test_images_are_swapped_in_their_boxes(stand: Stand) -> None:
    """Pictures of other shapes, a srcset, a picture element: nothing on the page moves."""
    page = stand.page()
    page.until(DECIDED)
    assert states(page) == {"mug": "shown", "shoe": "shown", "plain": "default"}
    shown = page.run("[mug, shoe].map(i => [i.currentSrc, i.clientWidth, i.clientHeight])")
    unit = page.run("localStorage.getItem('packshot-unit')")
    for (src, width, height), item in zip(shown, ("mug", "shoe"), strict=True):
        decision = stand.services.feed.decide(unit, {}, [item]).decisions[0]
        assert src == decision.image
        assert (width, height) == (300, 200)
    assert page.run("getComputedStyle(mug).objectFit") == "contain"
    assert page.run("plain.currentSrc").endswith("/default.png")
    assert page.run("getComputedStyle(plain).opacity") == "1"
    # Shifts are told after the next frame.
    page.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.run("shifts") == 0
    assert page.complaints == []
    page.close()


def test_images_that_are_not_open_to_all_are_shown(stand: Stand) -> None:
    """Of the server's own store: a shopper's browser bears no key, and their address is signed."""
    lamp = '<img id="lamp" data-packshot-item="lamp" src="/default.png" width="300" height="200">'
    page = stand.page(above=lamp)
    page.until(DECIDED)
    page.until("lamp.complete && lamp.naturalWidth === 400")
    assert states(page)["lamp"] == "shown"
    url = page.run("lamp.currentSrc")
    assert url.startswith(f"{stand.server}/v1/assets/")
    assert httpx.get(url).status_code == 200
    assert httpx.get(url.partition("?sig=")[0]).status_code == 403
    page.close()


def test_the_same_shopper_sees_the_same_images_on_the_next_page(stand: Stand) -> None:
    page = stand.page()
    page.until(DECIDED)
    first = page.run("[mug.src, shoe.src, localStorage.getItem('packshot-unit')]")
    page.go(stand.shop.url + "/")
    page.until(DECIDED)
    assert page.run("[mug.src, shoe.src, localStorage.getItem('packshot-unit')]") == first
    page.close()


def test_half_an_image_in_view_for_a_second_is_one_impression(stand: Stand) -> None:
    page = stand.page(below='<div style="height:3000px"></div>', above="")
    page.until(DECIDED)
    page.until(BOTH_IN_VIEW)
    page.run("pass(999)")
    assert page.run("beacons.length") == 0
    page.run("pass(1)")
    page.run("pass(500)")
    told = stand.told_by(page, 2)
    assert {(one["type"], one["item"]) for one in told} == {
        ("impression", "mug"),
        ("impression", "shoe"),
    }
    for one in told:
        assert "Chrome" in one["agent"]
        decision = stand.services.feed.decide(one["unit"], {}, [one["item"]]).decisions[0]
        assert one["variant"] == decision.variant
        assert one["test"] == decision.test
        assert one["segment"] == decision.segment
        assert one["propensity"] == decision.propensity == 0.5
        assert one["snapshot"] == stand.services.feed.version
    page.run("scrollTo(0, 2000)")
    page.run(FRAME)
    page.run("scrollTo(0, 0)")
    page.run(FRAME)
    page.run("pass(5000)")
    assert page.run("beacons.length") == 2
    assert stand.services.metrics.get("packshot_events_total", outcome="rejected") == 0
    page.close()


def test_an_image_that_was_only_passed_is_no_impression(stand: Stand) -> None:
    page = stand.page(above='<div style="height:3000px"></div>')
    page.until(DECIDED)
    page.run(FRAME)
    page.run("pass(5000)")
    page.run("mug.scrollIntoView()")
    page.until("clock.alarms.length > 0")
    page.run("pass(900)")
    page.run("scrollTo(0, 0)")
    page.until("clock.alarms.length === 0")
    page.run("pass(5000)")
    assert page.run("beacons.length") == 0
    page.close()


def test_a_click_that_leaves_the_page_is_recorded(stand: Stand) -> None:
    """On the link around the image; the page is gone before any answer."""
    page = stand.page()
    page.until(DECIDED)
    unit = page.run("localStorage.getItem('packshot-unit')")
    page.run("setTimeout(() => mug.click()); 0")
    (told,) = stand.told_of(unit, 1)
    assert (told["type"], told["item"], len(told["id"])) == ("click", "mug", 32)
    stand.shop.was_asked("/product")
    page.close()


def test_what_a_busy_server_refuses_is_sent_later(stand: Stand) -> None:
    page = stand.page()
    page.until(DECIDED)
    page.run("refuse = 2; shoe.click(); 0")
    page.until("localStorage.getItem('packshot-events')")
    page.run("pass(1999)")
    assert page.run("refused.length") == 1
    page.run("pass(1)")  # the second try; the third waits twice as long
    page.until("refuse === 0 && clock.alarms.some(a => a.at === clock.now + 4000)")
    assert page.run("beacons.length") == 0
    page.run("pass(4000)")
    (told,) = (one for one in stand.told_by(page, 1) if one["type"] == "click")
    assert (told["type"], told["item"], "at" in told, "ts" in told) == (
        "click", "shoe", False, False,
    )  # fmt: skip
    page.until("!localStorage.getItem('packshot-events')")
    assert told["id"] in {one["id"] for one in page.run("refused")}
    page.close()


def test_what_no_server_took_is_brought_by_the_next_page(stand: Stand) -> None:
    """Refused while the shopper leaves: the click on a link is most of what is ever clicked."""
    page = stand.page()
    page.until(DECIDED)
    unit = page.run("localStorage.getItem('packshot-unit')")
    page.run("navigator.sendBeacon = () => true; refuse = 1; mug.click(); 0")
    stand.shop.was_asked("/product")
    page.until("location.pathname === '/product'")
    (waiting,) = json.loads(page.run("localStorage.getItem('packshot-events')"))
    assert waiting["type"] == "click"
    # An hour later, by the shopper's clock, its own time is told with it.
    late = (
        "JSON.parse(localStorage.getItem('packshot-events')).map(e => ({...e, at: e.at - 3600000}))"
    )
    page.run(f"localStorage.setItem('packshot-events', JSON.stringify({late}))")
    page.go(stand.shop.url + "/")
    (told,) = stand.told_of(unit, 1)
    assert told["id"] == waiting["id"]
    assert told["ts"] == pytest.approx(waiting["at"] / 1000 - 3600)
    page.until("!localStorage.getItem('packshot-events')")
    page.close()


def test_what_a_server_will_never_take_is_not_kept(stand: Stand) -> None:
    page = stand.page()
    page.until(DECIDED)
    page.run(
        "window.tried = []; window.fetch = (url, options) => { tried.push(...JSON.parse("
        "options.body).events.map(e => e.id)); return Promise.resolve(new Response('', "
        "{status: 403})); }; shoe.click(); 0"
    )
    page.until(f"tried.length === 1 && {BOTH_IN_VIEW}")
    page.run("pass(60000)")  # the shopper sees the images meanwhile, which is told once as well
    page.until("tried.length === 3")
    page.run("pass(60000)")
    assert len(set(page.run("tried"))) == 3
    assert page.run("localStorage.getItem('packshot-events')") is None
    page.close()


@pytest.fixture
def silent() -> Iterator[Callable[[], str]]:
    """Addresses of servers that take a connection and never say a word, past the script."""
    opened: list[socket.socket] = []

    def listen() -> str:
        opened.append(socket.create_server(("127.0.0.1", 0)))
        return f"http://127.0.0.1:{opened[-1].getsockname()[1]}"

    yield listen
    for one in opened:
        one.close()


def test_without_a_server_the_default_images_stay(stand: Stand) -> None:
    """The script is the shop's own copy; the server that it asks is gone."""
    from studio.api.routes.snippet import SCRIPT

    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        stand.shop.pages["/v1/snippet.js"] = SCRIPT.decode().replace(
            "script.src.replace(", f"'{gone}' || script.src.replace("
        )
        page = stand.page(server=stand.shop.url)
        page.until(DECIDED)
    assert set(states(page).values()) == {"default"}
    assert page.run("[...document.images].every(i => getComputedStyle(i).opacity === '1')")
    assert page.run("[...document.images].every(i => i.currentSrc.endsWith('/default.png'))")
    page.run("mug.click()")
    assert page.complaints == []
    assert page.run("beacons.length") == 0
    page.close()


def test_a_server_that_is_slow_is_not_waited_for(stand: Stand, silent: Callable[[], str]) -> None:
    from studio.api.routes.snippet import SCRIPT

    stand.shop.pages["/v1/snippet.js"] = SCRIPT.decode().replace(
        "script.src.replace(", f"'{silent()}' || script.src.replace("
    )
    page = stand.page(server=stand.shop.url, options='data-timeout="300"')
    page.until(DECIDED)
    assert set(states(page).values()) == {"default"}
    assert page.complaints == []
    page.close()


def test_a_picture_that_does_not_load_leaves_the_default(stand: Stand) -> None:
    tests = stand.services.tests
    variants = tuple(NewVariant(name=name, image="http://127.0.0.1:9/x.png") for name in ("a", "b"))
    tests.start(tests.create(NewTest(item="unheard-of", variants=variants), who="m").id, who="m")
    stand.services.feed.refresh()
    page = stand.page()
    page.until(DECIDED)
    assert states(page)["plain"] == "default"
    page.run("plain.click()")
    page.run("pass(5000)")
    assert all(one["item"] != "unheard-of" for one in page.run("beacons"))
    page.close()


@pytest.mark.parametrize(
    "sign", ["doNotTrack: {value: '1'}", "globalPrivacyControl: {value: true}"]
)
def test_who_does_not_want_to_be_tracked_is_not(stand: Stand, sign: str) -> None:
    tab = Page(stand.browser)
    tab.before_all(WATCH + f"Object.defineProperties(navigator, {{{sign}}});")
    stand.page().close()
    tab.go(stand.shop.url + "/")
    tab.until("window.packshot")
    assert set(states(tab).values()) == {""}
    assert tab.run("getComputedStyle(mug).opacity") == "1"
    assert tab.run("localStorage.length") == 0
    tab.close()


def test_consent_is_waited_for(stand: Stand) -> None:
    page = stand.page(options='data-consent="required" data-unit="customer-7"')
    page.until("window.packshot")
    assert set(states(page).values()) == {""}
    page.run("packshot.consent(true)")
    page.until(DECIDED)
    decision = stand.services.feed.decide("customer-7", {}, ["mug"]).decisions[0]
    assert page.run("mug.src") == decision.image
    assert page.run("localStorage.length") == 0
    page.close()


def test_consent_is_taken_back(stand: Stand) -> None:
    page = stand.page()
    page.until(DECIDED)
    page.until("clock.alarms.some(a => a.at === clock.now + 1000)")
    page.run("packshot.consent(false)")
    page.run("shoe.click(); pass(5000)")
    page.run(HIDE_AND_SHOW)
    page.run(FRAME)
    page.run("pass(5000)")
    assert page.run("beacons.length") == 0
    assert page.run("localStorage.length") == 0
    page.run("packshot.consent(true)")
    page.until("clock.alarms.some(a => a.at === clock.now + 1000)")
    page.run("pass(1000); pass(500)")
    assert {one["type"] for one in page.run("beacons")} == {"impression"}
    page.close()


def test_a_copy_of_an_image_breaks_nothing(stand: Stand) -> None:
    """As carousels make them: marked as shown, but nothing is known of it."""
    page = stand.page()
    page.until(DECIDED)
    page.run("document.body.append(mug.cloneNode()); 0")
    page.run(HIDE_AND_SHOW)
    assert page.complaints == []
    page.close()


def test_images_that_come_later_are_found(stand: Stand) -> None:
    page = stand.page()
    page.until(DECIDED)
    page.run(
        "document.body.insertAdjacentHTML('beforeend', "
        "'<img id=later data-packshot-item=mug src=/default.png width=300 height=200>'); "
        "packshot.scan()"
    )
    page.until("later.dataset.packshot === 'shown'")
    assert page.run("later.src === mug.src")
    page.close()


def test_a_preview_is_shown_and_never_reported(stand: Stand) -> None:
    """Whatever the shopper would see: both variants, by the address that a merchant opens."""
    record = next(one for one in stand.services.tests.all() if one.item == "mug")
    page = stand.page()
    for variant in ("square", "tall"):
        token = stand.previews.token(record, variant, valid_s=3600)
        page.go(f"{stand.shop.url}/?packshot_preview={token}")
        page.until(DECIDED)
        assert page.run("mug.src") == f"{stand.shop.url}/{variant}.png"
        page.run("document.addEventListener('click', e => e.preventDefault()); mug.click()")
        page.run(HIDE_AND_SHOW)
        page.run(FRAME)
        page.run("pass(5000)")
        assert page.run("mug.dataset.packshot") == "shown"  # the click left no page behind
        assert all(one["item"] != "mug" for one in page.run("beacons"))
    page.close()
