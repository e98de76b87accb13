from hypothesis import given
from hypothesis import strategies as st

from studio.services.key_secrets import (
    hashed,
    is_one_of,
    is_public,
    key_id_of,
    random_part,
    secret_of,
    tenant_of,
)


@given(
    key_id=st.text("0123456789abcdef", min_size=1, max_size=32),
    tenant=st.from_regex(r"(|[a-z][a-z0-9-]{0,39})", fullmatch=True),
    public=st.booleans(),
    random=st.text("abcXYZ019-_", min_size=1),
)
def test_whose_a_key_is_can_be_read_from_its_secret(
    key_id: str, tenant: str, public: bool, random: str
) -> None:
    secret = secret_of(key_id, random, tenant=tenant, public=public)
    assert key_id_of(secret) == key_id
    assert tenant_of(secret) == tenant
    assert is_public(secret) == public


def test_only_the_stored_ones_open() -> None:
    first, second = (secret_of("k1", random_part(), tenant="", public=False) for _ in range(2))
    assert first != second
    assert is_one_of(first, (hashed(second), hashed(first)))
    assert not is_one_of(first, (hashed(second), None))
