from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.api.allowances import Allowances
from studio.services.key_rights import Key
from tests.studio.serving import serving


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def key(name: str, per_s: float | None) -> Key:
    return Key(id=name, name=name, scopes=("decide",), created_s=0.0, revoked_s=None, per_s=per_s)


@given(per_s=st.floats(0.1, 50.0), steps=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=60))
def test_no_more_than_its_rate_passes_after_what_one_second_allows(
    per_s: float, steps: list[float]
) -> None:
    clock, passed = Clock(), 0
    allowances = Allowances(clock)
    for step_s in steps:
        clock.now_s += step_s
        passed += allowances.wait_s(key("slow", per_s)) == 0.0
    assert 1 <= passed <= max(per_s, 1.0) + clock.now_s * per_s + 1e-6


def test_who_waits_as_told_is_let_in() -> None:
    clock = Clock()
    allowances = Allowances(clock)
    slow, other = key("slow", 2.0), key("other", 2.0)
    assert [allowances.wait_s(slow) for _ in range(2)] == [0.0, 0.0]
    assert allowances.wait_s(slow) == pytest.approx(0.5)
    assert allowances.wait_s(other) == 0.0, "each key has its own"
    assert allowances.wait_s(key("free", None)) == 0.0
    clock.now_s += 0.5
    assert allowances.wait_s(slow) == 0.0
    assert allowances.wait_s(slow) > 0.0


def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    with serving(tmp_path, loopback=False) as server:
        made = server.services.keys.create(name="feed", scopes=("decide",), per_s=0.01)
        headers = {"Authorization": f"Bearer {made.secret}"}
        asked = [
            server.client.post("/v1/decide", json={"items": []}, headers=headers) for _ in range(2)
        ]
        assert [answer.status_code for answer in asked] == [200, 429]
        assert 90 <= int(asked[1].headers["retry-after"]) <= 100
        assert asked[1].json()["type"] == "urn:packshot:problem:rate-exceeded"
        assert "--rate" in asked[1].json()["detail"]
