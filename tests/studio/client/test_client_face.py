"""The client's public face: what it exports, what it is built on, and how its two faces agree."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest

import studio.client
from abtest import Snapshot
from studio.client import AsyncClient, Choice, Client, OptionsInvalid, UrlInvalid
from studio.client.choices import Choices

LOADED = """
import sys
before = set(sys.modules)
from studio.client import {name}
loaded = {{module.partition(".")[0] for module in set(sys.modules) - before}}
print(sorted(loaded - set(sys.stdlib_module_names)))
print(sorted(set(sys.modules) & {{"asyncio", "http.client", "unittest", "urllib.request"}}))
"""


def loaded(name: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(name=name)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_it_imports_nothing_heavy() -> None:
    """No torch, no web framework, no numpy: h11 and the engine of tests alone."""
    assert loaded("Client") == ["['abtest', 'h11', 'studio']", "[]"]
    assert loaded("AsyncClient") == ["['abtest', 'h11', 'studio']", "['asyncio']"]


def test_every_public_name_is_there() -> None:
    for name in studio.client.__all__:
        assert getattr(studio.client, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'Heavy'"):
        studio.client.__getattr__("Heavy")


def test_both_faces_are_called_alike() -> None:
    """The same names and arguments; `close` alone is `aclose`, as asyncio's libraries say it."""
    plain, waiting = (
        {
            name.replace("aclose", "close"): inspect.signature(method)
            for name, method in inspect.getmembers(face, inspect.isfunction)
            if not name.startswith("_")
        }
        for face in (Client, AsyncClient)
    )
    assert plain == waiting
    assert inspect.signature(Client) == inspect.signature(AsyncClient)


class Broken(Snapshot):
    """A snapshot with a defect."""

    def decide_all(self, *_: object) -> Any:
        raise RuntimeError("a defect")


def test_deciding_never_fails_whatever_it_is_asked() -> None:
    client = Client("http://127.0.0.1:9")
    for unit, attributes, items in [(None, None, ["mug"]), (object(), 7, ["mug", None, 3, []])]:
        choices = client.decide(unit, attributes, items, defaults={"mug": "d.jpg"})  # type: ignore[arg-type]
        assert choices["mug"].image == "d.jpg"
    assert len(client.decide("s", {}, None)) == 0  # type: ignore[arg-type]
    assert client.health.unforeseen == 1
    client._core.held.snapshot = Broken(version="8", built_at_s=0.0, items={}, plans=())
    assert client.decide("s", {}, ["mug"], defaults={"mug": "d.jpg"})["mug"].image == "d.jpg"


def test_what_no_test_decided_is_no_event() -> None:
    client = Client("http://127.0.0.1:9")
    shown = client.show("s", {}, ["mug"])
    assert client.click(shown["mug"]) is None
    assert client.health.pending == 0


def test_a_number_that_is_none_is_no_event() -> None:
    client = Client("http://127.0.0.1:9")
    choice = Choice(
        unit="s", item="mug", image="a", variant="a", test="t", reason="test", snapshot="1"
    )
    assert client.conversion(choice, value=float("nan")) is None
    assert client.conversion(choice, value=19.9) is not None
    assert client.health.pending == 1


def test_a_forced_choice_is_no_event() -> None:
    choice = Choice(
        unit="s", item="m", image="a", variant="a", test="t", reason="forced", snapshot="1"
    )
    assert not choice.counts


def test_choices_are_a_mapping_by_item() -> None:
    client = Client("https://images.shop.example/packshot")
    choices = client.decide("s", {}, ["mug", "shoe", "mug"])
    assert list(choices) == ["mug", "shoe"]
    assert len(choices) == 2
    with pytest.raises(KeyError):
        choices["hat"]


def test_paths_of_the_server_become_addresses() -> None:
    class Decided:
        item, image, variant, test, segment = "mug", "/v1/assets/ab", "a", "t", "everyone"
        propensity, reason = 0.5, "test"

    choices = Choices(
        unit=7, snapshot="1", decisions=[Decided()], base="https://s.example/p"  # type: ignore[list-item]
    )  # fmt: skip
    assert (choices["mug"].image, choices["mug"].unit) == ("https://s.example/p/v1/assets/ab", "7")


@pytest.mark.parametrize("key", ["", "a b", "schlüssel", "a\nb"])
def test_a_key_that_cannot_be_sent_is_refused_at_once(key: str) -> None:
    with pytest.raises(OptionsInvalid, match="key"):
        Client("https://images.shop.example", key=key)


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(UrlInvalid):
        AsyncClient("images.shop.example")
