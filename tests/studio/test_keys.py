from collections.abc import Callable
from itertools import count

import pytest

from studio.db.engine import Engine, reading
from studio.db.keys import all_keys
from studio.services.experiment_errors import (
    KeyNotFound,
    KeyRefused,
    ScopeMissing,
    ScopeUnknown,
    TestInvalid,
)
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
