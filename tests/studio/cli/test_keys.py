"""`packshot keys`: a secret is shown once, and ends when it is revoked."""

import pytest

from studio.services.errors import KeyRefused
from tests.studio.commanding import Commands


def test_a_key_opens_what_its_scopes_say_until_it_is_revoked(packshot: Commands) -> None:
    made = packshot("keys", "create", "shop feed", "--scope", "events,decide", "--json").data
    assert made["scopes"] == ["decide", "events"]
    keys = packshot.shell().keys
    assert keys.authenticate(made["secret"]).id == made["id"]
    listed = packshot("keys", "list")
    assert "shop feed" in listed.out
    assert made["secret"] not in listed.out
    assert packshot("keys", "revoke", made["id"]).out == f"{made['id']} (shop feed): revoked\n"
    with pytest.raises(KeyRefused):
        packshot.shell().keys.authenticate(made["secret"])
    assert packshot("keys", "list", "--json").data[0]["revoked_s"] is not None


def test_a_rotated_key_keeps_its_former_secret_for_a_while(packshot: Commands) -> None:
    made = packshot("keys", "create", "shop", "--scope", "decide", "--rate", "20", "--json").data
    assert made["per_s"] == 20
    said = packshot("keys", "rotate", made["id"])
    assert "the former opens until" in said.err
    keys = packshot.shell().keys
    assert keys.authenticate(said.out.strip()).id == keys.authenticate(made["secret"]).id
    listed = packshot("keys", "list").out
    assert "at most 20 a second" in listed
    assert "former secret until" in listed
    assert packshot("keys", "rotate", made["id"], "--keep", "0").code == 0
    with pytest.raises(KeyRefused):
        packshot.shell().keys.authenticate(said.out.strip())


def test_stdout_is_the_secret_alone(packshot: Commands) -> None:
    said = packshot("keys", "create", "--scope", "manage")
    assert packshot.shell().keys.authenticate(said.out.strip()).name == "manage"
    assert "not shown again" in said.err


def test_image_keys_say_where_nothing_is_signed(packshot: Commands) -> None:
    said = packshot("keys", "rotate-images")
    assert (said.code, "images are public here" in said.err) == (0, True)
    assert packshot("keys", "rotate-images", "--json").data["images"] == "public"
    packshot.set("PACKSHOT_IMAGES", "signed")
    assert "public" not in packshot("keys", "rotate-images").err


def test_without_keys_the_list_says_what_that_means(packshot: Commands) -> None:
    assert "runs open" in packshot("keys", "list").out


def test_what_a_key_may_do_has_to_be_said(packshot: Commands) -> None:
    assert packshot("keys", "create", "shop").code == 2
    assert packshot("keys", "list", "--json").data == []


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (
            ["create", "x", "--scope", "all"],
            "no scope 'all'; choose from decide, events, manage, public",
        ),
        (["create", "x", "--scope", ","], "choose at least one of"),
        (["create", " ", "--scope", "decide"], "1 to 128 characters"),
        (["revoke", "nope"], "no key 'nope'; `packshot keys list`"),
    ],
)
def test_refusals_are_one_line(packshot: Commands, words: list[str], part: str) -> None:
    said = packshot("keys", *words)
    assert said.code == 1
    assert part in said.error
