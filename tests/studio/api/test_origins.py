"""Pages of other sites, which a browser lets speak to a server on its own machine."""

from pathlib import Path

import pytest

from tests.studio.serving import serving


class TestOpen:
    """A server on loopback with no key in force."""

    def test_runs_open_for_its_own_machine(self, tmp_path: Path) -> None:
        with serving(tmp_path) as server:
            assert server.client.get("/v1/tests").status_code == 200
            local = {"Origin": "http://localhost:3000"}
            assert server.client.get("/v1/tests", headers=local).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Host": "evil.example"},
            {"Host": "evil.example:8000"},
        ],
    )
    def test_refuses_pages_of_other_sites(self, tmp_path: Path, headers: dict[str, str]) -> None:
        with serving(tmp_path) as server:
            answer = server.client.post("/v1/tests", json={}, headers=headers)
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:packshot:problem:foreign-origin"
            assert "packshot keys create" in answer.json()["detail"]
