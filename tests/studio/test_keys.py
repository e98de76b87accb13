from collections.abc import Callable
from itertools import count

import pytest

from studio.db.engine import Engine, reading
from studio.db.keys import all_keys
from studio.services.errors import (
    KeyNotFound,
    KeyRefused,
    KeyRevoked,
    ScopeMissing,
    ScopeUnknown,
    TestInvalid,
)
from studio.services.key_secrets import is_public
from studio.services.keys import Keys


@pytest.fixture
def keys(engine: Engine, clock: Callable[[], float]) -> Keys:
    """The use cases of keys; ids are k0, k1, ..."""
    numbers = count()
    return Keys(engine, clock=clock, new_id=lambda: f"k{next(numbers)}")


def test_a_key_opens_what_it_was_made_for(keys: Keys) -> None:
    made = keys.create(name="shop", scopes=["events", "decide", "decide"])
    assert made.secret.startswith("packshot_k0_")
    key = keys.authenticate(made.secret)
    assert key.scopes == ("decide", "events")
    key.require("decide")
    with pytest.raises(ScopeMissing) as caught:
        key.require("manage")
    assert caught.value.scope == "manage"


def test_secrets_are_never_stored_and_never_alike(engine: Engine, keys: Keys) -> None:
    secrets = {keys.create(name="x", scopes=["decide"]).secret for _ in range(5)}
    assert len(secrets) == 5
    with reading(engine) as connection:
        stored = repr(all_keys(connection))
    assert not any(secret in stored or secret.split("_", 2)[2] in stored for secret in secrets)


def test_a_revoked_key_opens_nothing(keys: Keys) -> None:
    made = keys.create(name="shop", scopes=["manage"])
    assert keys.any_in_force()
    revoked = keys.revoke(made.key.id)
    assert revoked.revoked_s is not None
    assert keys.revoke(made.key.id) == revoked
    with pytest.raises(KeyRefused):
        keys.authenticate(made.secret)
    assert not keys.any_in_force()
    assert keys.all() == (revoked,)


def test_other_secrets_are_refused(keys: Keys) -> None:
    keys.create(name="shop", scopes=["manage"])
    malformed = ["", "x", "packshot", "packshot_k0", "other_k0_x", "päck_k0_x", "packshot_\x00_x"]
    for secret in [*malformed, "packshot_k0_wrong", "packshot_k9_x"]:
        with pytest.raises(KeyRefused):
            keys.authenticate(secret)


def test_bad_requests(keys: Keys) -> None:
    with pytest.raises(ScopeUnknown):
        keys.create(name="shop", scopes=["fly"])
    with pytest.raises(TestInvalid):
        keys.create(name="shop", scopes=[])
    with pytest.raises(TestInvalid):
        keys.create(name=" ", scopes=["decide"])
    with pytest.raises(TestInvalid):
        keys.create(name="a\x00", scopes=["decide"])
    for odd in ("nope", "a\x00", "\ud800"):
        with pytest.raises(KeyNotFound):
            keys.revoke(odd)


def test_a_rotated_key_opens_by_both_secrets_until_the_former_one_ends(
    engine: Engine,
) -> None:
    now_s = 1000.0
    keys = Keys(engine, clock=lambda: now_s, new_id=lambda: "k0")
    first = keys.create(name="shop", scopes=["decide"], per_s=50.0)
    second = keys.rotate(first.key.id, keep_s=60.0)
    assert second.secret != first.secret
    assert second.key.former_until_s == 1060.0
    assert keys.authenticate(first.secret) == keys.authenticate(second.secret) == second.key
    now_s = 1060.0
    with pytest.raises(KeyRefused):
        keys.authenticate(first.secret)
    assert keys.authenticate(second.secret).per_s == 50.0


def test_of_two_rotations_only_the_last_former_secret_opens(keys: Keys) -> None:
    first = keys.create(name="shop", scopes=["decide"])
    second = keys.rotate(first.key.id, keep_s=3600)
    third = keys.rotate(first.key.id, keep_s=3600)
    keys.authenticate(second.secret)
    keys.authenticate(third.secret)
    with pytest.raises(KeyRefused):
        keys.authenticate(first.secret)


def test_what_is_revoked_stays_so(keys: Keys) -> None:
    first = keys.create(name="shop", scopes=["decide"])
    second = keys.rotate(first.key.id, keep_s=3600)
    keys.revoke(first.key.id)
    for secret in (first.secret, second.secret):
        with pytest.raises(KeyRefused):
            keys.authenticate(secret)
    with pytest.raises(KeyRevoked):
        keys.rotate(first.key.id, keep_s=0)
    with pytest.raises(KeyNotFound):
        keys.rotate("k9", keep_s=0)


@pytest.mark.parametrize("per_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_is_a_number_of_requests(keys: Keys, per_s: float) -> None:
    with pytest.raises(TestInvalid, match="above 0"):
        keys.create(name="shop", scopes=["decide"], per_s=per_s)


def test_a_public_key_asks_and_tells_but_shows_no_tests(keys: Keys) -> None:
    made = keys.create(name="pages", scopes=["public"])
    key = keys.authenticate(made.secret)
    rights = ("decide", "events", "snapshot", "manage")
    assert [key.may(right) for right in rights] == [True, True, False, False]
    with pytest.raises(ScopeMissing, match="--scope decide"):
        key.require("snapshot")
    assert is_public(made.secret)
    assert is_public(keys.rotate(key.id, keep_s=0).secret)
    assert not is_public(keys.create(name="shop", scopes=["decide"]).secret)


def test_nothing_else_goes_with_a_public_key(keys: Keys) -> None:
    with pytest.raises(TestInvalid, match="stands alone"):
        keys.create(name="pages", scopes=["public", "manage"])
