"""Signed addresses: the same on every server, good for a while, and nothing else opens an image."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from studio.db import audit
from studio.db import image_keys as rows
from studio.db.engine import DatabaseFault, DatabaseSilent, Engine, reading, writing
from studio.db.records import ImageKeyRecord
from studio.services import image_key_ring
from studio.services.errors import ImageLinkRefused
from studio.services.image_key_file import KeyFile
from studio.services.image_keys import FRESH_S, ROTATE_S, SignedImages
from studio.services.image_links import (
    WINDOW_S,
    AskedImage,
    PublicImages,
    SignedAddresses,
    named_by,
    opens,
    preview_path,
)
from studio.services.previews import Opened, Previews
from tests.faults.waiting import until

DIGEST = "9f" * 32
OTHER = "0a" * 32
NOON_S = 40_000 * WINDOW_S + 3600.0


@dataclass
class Time:
    now_s: float = NOON_S

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Server:
    """One server's links, and a clock that all servers share."""

    engine: Engine
    clock: Time = field(default_factory=Time)
    secrets: Iterator[int] = field(default_factory=lambda: iter(range(1, 200)))

    def links(self, *, file: Path | None = None) -> SignedImages:
        previews = Previews(lambda: b"s" * 32, clock=self.clock, image_url=preview_path)
        return SignedImages(
            self.engine,
            clock=self.clock,
            previews=previews,
            file=None if file is None else KeyFile(file),
            new_secret=lambda: bytes([next(self.secrets)] * 32),
        )


@pytest.fixture
def server(engine: Engine) -> Server:
    return Server(engine)


def asked(url: str) -> AskedImage:
    """What a request for an address asks for."""
    path, _, query = url.partition("?")
    told = dict(part.split("=", 1) for part in query.split("&") if part)
    return AskedImage(
        digest=path.removeprefix("/v1/assets/"),
        width_px=int(told["w"]) if "w" in told else None,
        format_name=told.get("format"),
        sig=told.get("sig"),
        preview=told.get("preview"),
    )


def refused(links: SignedImages, wanted: AskedImage) -> str:
    with pytest.raises(ImageLinkRefused) as caught:
        links.check(wanted)
    return str(caught.value.why)


def test_an_address_is_good_for_two_to_three_windows(server: Server) -> None:
    links = server.links()
    for into_s in (0.0, 1.0, WINDOW_S - 1.0):
        server.clock.now_s = 40_000.0 * WINDOW_S + into_s
        url = links.at().url(DIGEST)
        assert url == SignedAddresses.of(links._ring.renew(), now_s=40_000.0 * WINDOW_S).url(DIGEST)
        assert links.check(asked(url)) == 3 * WINDOW_S - into_s
    server.clock.now_s = 40_003.0 * WINDOW_S - 0.5
    assert links.check(asked(url)) == 0.5
    server.clock.now_s = 40_003.0 * WINDOW_S
    assert refused(links, asked(url)) == "expired"


def test_every_server_gives_the_same_and_opens_what_others_gave(server: Server) -> None:
    one, other = server.links(), server.links()
    url = one.at().url(DIGEST, width_px=600, format_name="webp")
    assert url == other.at().url(DIGEST, width_px=600, format_name="webp")
    assert url.startswith(f"/v1/assets/{DIGEST}?w=600&format=webp&sig=")
    assert other.check(asked(url)) > 2 * WINDOW_S


def test_whatever_is_not_signed_is_refused(server: Server) -> None:
    links = server.links()
    good = asked(links.at().url(DIGEST, width_px=600))
    until, number, mac = str(good.sig).split(".")
    for wrong in (
        replace(good, digest=OTHER),
        replace(good, width_px=601),
        replace(good, width_px=None),
        replace(good, format_name="png"),
        replace(good, sig=f"{int(until) + 1}.{number}.{mac}"),
        replace(good, sig=f"0{until}.{number}.{mac}"),
        replace(good, sig=f"{until}.2.{mac}"),
        replace(good, sig=f"{until}.{number}.{mac[:-1]}"),
        replace(good, sig=f"{until}.{number}."),
        replace(good, sig=f"{until}.{number}.ä"),
        replace(good, sig=""),
    ):
        assert refused(links, wrong) == "altered"
    assert refused(links, replace(good, sig=None)) == "unsigned"
    # What has expired and was altered to look fresh is altered, not expired.
    server.clock.now_s += 10 * WINDOW_S
    assert refused(links, good) == "expired"
    assert refused(links, replace(good, sig=f"{int(until) * 2}.{number}.{mac}")) == "altered"


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_signature(sig: str) -> None:
    key = ImageKeyRecord(number=1, secret=b"k" * 32, made_s=0.0, from_s=0.0, until_s=None)
    assert opens(AskedImage(digest=DIGEST, sig=sig), lambda _: key) is None


def test_a_new_key_signs_from_the_next_window_on(server: Server) -> None:
    links, other = server.links(), server.links()
    before = links.at().url(DIGEST)
    assert links.rotate(who="ada").number == 2
    assert links.at().url(DIGEST) == before == other.at().url(DIGEST)
    server.clock.now_s += WINDOW_S
    after = links.at().url(DIGEST)
    assert ".2." in after
    assert other.at().url(DIGEST) == after
    for each in (links, other):
        each.check(asked(before))
        each.check(asked(after))
    # The last that the former key signed is good to its own end, an hour before the key's.
    server.clock.now_s = 40_003.0 * WINDOW_S - 1.0
    assert links.check(asked(before)) == 1.0


def test_addresses_of_a_leaked_key_end_at_once(server: Server) -> None:
    links, other = server.links(), server.links()
    before = links.at().url(DIGEST)
    label = other.at().label
    links.rotate(who="ada", at_once=True)
    server.clock.now_s += FRESH_S
    for each in (links, other):
        assert refused(each, asked(before)) == "expired"
        assert each.at().label != label
        each.check(asked(links.at().url(DIGEST)))
    with reading(server.engine) as connection:
        (entry,) = audit.entries(connection, kinds=["image_key"])
    assert (entry.subject, entry.action, entry.who) == ("2", "replace", "ada")
    assert "01" * 32 not in str(entry.detail)


def test_a_key_of_another_server_is_known_at_once(server: Server) -> None:
    one, other = server.links(), server.links()
    one.at()
    other.rotate(who="ada", at_once=True)
    server.clock.now_s += 0.2  # less than keys are believed for
    assert one.check(asked(other.at().url(DIGEST))) > 0


def test_keys_change_by_age(server: Server) -> None:
    links = server.links()
    links.at()
    assert links.rotate_if_old() is None
    server.clock.now_s += ROTATE_S
    made = links.rotate_if_old()
    assert made is not None
    assert made.number == 2
    assert links.rotate_if_old() is None


def test_keys_that_end_long_ago_are_forgotten(server: Server) -> None:
    links = server.links()
    links.at()
    for _ in range(4):
        server.clock.now_s += ROTATE_S
        links.rotate_if_old()
    with reading(server.engine) as connection:
        numbers = connection.execute(text("SELECT number FROM image_key ORDER BY 1")).scalars()
        assert list(numbers) == [4, 5]


def test_a_clock_that_is_days_behind_leaves_images_with_an_address(server: Server) -> None:
    links = server.links()
    links.at()
    for _ in range(2):
        server.clock.now_s += ROTATE_S
        links.rotate_if_old()
    server.clock.now_s = NOON_S
    assert links.check(asked(links.at().url(DIGEST))) > 2 * WINDOW_S


def test_of_two_who_rotate_at_once_neither_is_forgotten(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    links, other = server.links(), server.links()
    before = links.at().url(DIGEST)
    assert other.rotate(who="bob").number == 2
    read, seen = (
        rows.image_keys,
        [links._ring.renew(), links._ring.renew()],
    )  # before the other one's key
    monkeypatch.setattr(rows, "image_keys", lambda link: seen.pop() if seen else read(link))
    assert links.rotate(who="ada", at_once=True).number == 3
    server.clock.now_s += FRESH_S
    assert refused(other, asked(before)) == "expired"
    assert other.check(asked(other.at().url(DIGEST))) > 0
    with reading(server.engine) as connection:
        told = audit.entries(connection, kinds=["image_key"])
    assert [(one.subject, one.who) for one in told] == [("3", "ada"), ("2", "bob")]


def test_without_the_database_known_keys_go_on(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    links, fresh = server.links(), server.links()
    url = links.at().url(DIGEST)
    with writing(server.engine) as connection:
        connection.execute(text("DROP TABLE image_key"))
    server.clock.now_s += 60.0
    assert links.check(asked(url)) > 0
    assert links.at().url(DIGEST) == url
    with pytest.raises(DatabaseFault):
        fresh.at()


class Hung:
    """A database that takes questions and answers none before it is let go."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self._read, self._go = rows.image_keys, threading.Event()
        self.asked = 0
        patched.setattr(rows, "image_keys", self)
        patched.setattr(image_key_ring, "PATIENCE_S", 0.01)

    def __call__(self, connection: Connection) -> tuple[ImageKeyRecord, ...]:
        self.asked += 1
        assert self._go.wait(60)
        return self._read(connection)

    def let_go(self, links: SignedImages) -> None:
        self._go.set()
        until(lambda: links._ring.answers, "the answer")


def test_a_database_that_hangs_holds_up_no_image(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    links, other = server.links(), server.links()
    url = links.at().url(DIGEST)
    other.rotate(who="ada", at_once=True)
    new = other.at().url(DIGEST)
    server.clock.now_s += FRESH_S
    hung = Hung(monkeypatch)
    with ThreadPoolExecutor(8) as shoppers:
        assert all(shoppers.map(links.check, [asked(url)] * 8, timeout=30))
    server.clock.now_s += 60.0
    assert links.check(asked(url)) > 0
    assert links.at().url(DIGEST) == url
    assert hung.asked == 1
    # No shopper is told that an address is wrong which may be that of a new key.
    with pytest.raises(DatabaseSilent):
        links.check(asked(new))
    assert refused(links, asked(url.replace(".1.", ".0."))) == "altered"
    hung.let_go(links)
    assert links.check(asked(new)) > 0
    assert refused(links, asked(url)) == "expired"


def test_who_waits_first_waits_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    links = server.links()
    links.at()
    server.clock.now_s += FRESH_S
    hung = Hung(monkeypatch)
    waits = []

    def late(_asked: Future[object], timeout: float) -> NoReturn:
        waits.append(timeout)
        raise TimeoutError

    monkeypatch.setattr(Future, "result", late)
    for _ in range(3):
        links.at()
        server.clock.now_s += FRESH_S
    assert waits == [0.01]
    hung.let_go(links)


def test_a_start_without_the_database_opens_what_was_signed_before(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "image-keys.json"
    before = server.links(file=file)
    url = before.at().url(DIGEST)
    assert file.stat().st_mode & 0o777 == 0o600
    before.rotate(who="ada")
    with writing(server.engine) as connection:
        connection.execute(text("DROP TABLE image_key"))
    after = server.links(file=file)
    assert after.check(asked(url)) > 0
    assert after.at().url(DIGEST) == url
    server.clock.now_s += WINDOW_S
    assert ".2." in after.at().url(DIGEST)  # the file follows the database
    for damaged in ("", "[]", "{}", '[{"number": 1}]', file.read_text()[:-9]):
        file.write_text(damaged)
        with pytest.raises(DatabaseFault):
            server.links(file=file).at()


def test_a_preview_opens_its_own_image_and_no_other(server: Server) -> None:
    links = server.links()

    class Tokens(Previews):
        def opened(self, token: object) -> Opened | None:
            return Opened(image=DIGEST, until_s=NOON_S + 60) if token == "good" else None

    links._previews = Tokens(lambda: b"", clock=server.clock, image_url=preview_path)
    url = preview_path(DIGEST, "good")
    assert links.check(asked(url)) == 60
    assert refused(links, asked(preview_path(OTHER, "good"))) == "altered"
    assert refused(links, asked(preview_path(DIGEST, "bad"))) == "altered"
    assert refused(links, replace(asked(url), width_px=100)) == "altered"
    server.clock.now_s += 61
    assert refused(links, asked(url)) == "expired"


def test_images_elsewhere_stay_where_they_are(server: Server) -> None:
    elsewhere = "https://cdn.shop.example/mug.jpg"
    assert server.links().at().url(elsewhere, width_px=80) == elsewhere
    assert PublicImages().at().url(elsewhere) == elsewhere
    assert preview_path(elsewhere, "token") == elsewhere


def test_public_images_need_nothing(server: Server) -> None:
    links = PublicImages()
    assert links.at().url(DIGEST, width_px=80) == f"/v1/assets/{DIGEST}?w=80"
    assert links.check(AskedImage(digest=DIGEST)) is None
    assert (links.at().label, links.at().until_s) == ("", None)


@pytest.mark.parametrize("size", [{}, {"width_px": 8}, {"width_px": 8, "format_name": "webp"}])
def test_what_an_address_names_can_be_told(server: Server, size: dict[str, object]) -> None:
    make: Callable[..., str] = server.links().at().url
    assert named_by(make(DIGEST, **size)) == DIGEST
