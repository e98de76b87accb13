"""Templates over HTTP: listed, found by words, shown, and their plates in any size."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.studio.serving import Served, photo, serving, upload


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        yield server


def test_pages_hold_every_template_once(served: Served) -> None:
    names: list[str] = []
    after: str | None = ""
    while after is not None:
        page = served.client.get("/v1/templates", params={"after": after, "limit": 5}).json()
        names += [one["name"] for one in page["templates"]]
        after = page["next_after"]
    assert names == sorted(served.services.images.library.templates.names())
    assert len(names) >= 14


def test_a_prompt_finds_templates_and_says_why(served: Served) -> None:
    answer = served.client.get("/v1/template-search", params={"prompt": "浴室 清新", "count": 2})
    assert answer.status_code == 200
    found = answer.json()
    assert 1 <= len(found["matches"]) <= 2
    first = found["matches"][0]
    assert set(first["why"]) <= {"浴室", "清新"}
    assert "浴室" in first["template"]["tags"]
    assert found["by"] == "tags"
    assert "no image was generated" in found["remark"]


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"prompt": "submarine"}, "no-template-fits"),
        ({"prompt": " "}, "recipe-invalid"),
        ({"prompt": "wood", "count": 0}, "request-invalid"),
        ({}, "request-invalid"),
    ],
)
def test_a_prompt_that_leads_nowhere_is_refused(
    served: Served, params: dict[str, str | int], kind: str
) -> None:
    answer = served.client.get("/v1/template-search", params=params)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"urn:packshot:problem:{kind}"


def test_a_template_is_shown_with_its_places(served: Served) -> None:
    name = next(iter(served.services.images.library.templates.names()))
    record = served.client.get(f"/v1/templates/{name}").json()
    assert record["name"] == name
    assert record["anchors"][0]["px_per_cm"] > 0
    assert len(record["revision"]) == 16


@pytest.mark.parametrize("name", ["no-such-place", "..%2fsecret", ".hidden"])
@pytest.mark.parametrize("end", ["", "/plate"])
def test_what_is_not_there_is_not_found(served: Served, name: str, end: str) -> None:
    answer = served.client.get(f"/v1/templates/{name}{end}")
    assert answer.status_code == 404
    assert answer.json()["status"] == 404


def test_a_plate_comes_in_any_size_and_is_asked_for_again(served: Served) -> None:
    name = next(iter(served.services.images.library.templates.names()))
    answer = served.client.get(f"/v1/templates/{name}/plate", params={"w": 96, "format": "webp"})
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.width) == ("WEBP", 96)
    assert answer.headers["cache-control"] == "private, no-cache"
    again = served.client.get(
        f"/v1/templates/{name}/plate",
        params={"w": 96, "format": "webp"},
        headers={"If-None-Match": answer.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_plate_as_it_is_and_a_size_whose_file_is_gone_are_shown(served: Served) -> None:
    name = next(iter(served.services.images.library.templates.names()))
    template = served.services.images.library.templates.get(name)
    path = f"/v1/templates/{name}/plate"
    assert served.client.get(path).content == (template.folder / template.plate_file).read_bytes()
    small = served.client.get(path, params={"w": 80})
    digest = small.headers["etag"].strip('"')
    home = Path(str(served.engine.url.database)).parent
    (kept,) = (found for found in home.rglob(f"*{digest[8:]}*") if found.is_file())
    kept.unlink()
    assert served.client.get(path, params={"w": 80}).content == small.content
    assert kept.is_file()


def test_a_batch_may_ask_for_a_scene_in_words(served: Served) -> None:
    source = upload(served.client, photo())
    recipes = [
        {"source": source, "kind": "scene", "params": {"prompt": "submarine"}},
        {"source": source, "kind": "scene", "params": {"prompt": "原木", "template": "raw-wood"}},
        {"source": source, "kind": "scene", "params": {"template_choice": "mine"}},
    ]
    answer = served.client.post("/v1/batches", json={"recipes": recipes})
    assert answer.status_code == 202
    page = served.client.get(f"/v1/batches/{answer.json()['id']}").json()
    kinds = [row["error"]["kind"] for row in page["rows"]]
    assert kinds == ["NoTemplateFits", "RecipeInvalid", "RecipeInvalid"]


def test_a_prompt_in_a_recipe_becomes_a_template(served: Served, tmp_path: Path) -> None:
    source = upload(served.client, photo())
    images = served.services.images
    recipe = images.recipes.complete(kind="scene", source=source, params={"prompt": "浴室 清新"})
    chosen = recipe.to_json()["params"]
    assert "浴室" in images.library.templates.get(chosen["template"]).tags
    assert chosen["template_revision"]
    assert "no image was generated from your words" in chosen["template_choice"]
