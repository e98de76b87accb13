"""Scenes that a model paints, over HTTP and by command, with a painter whose answer is known."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gpu
from pipelines.errors import LicenceRefused, ModelMissing, ModelUnknown
from pipelines.generate import BUILT_IN_PROFILES, Generator, ProfileRegistry
from pipelines.library import Template, TemplateLibrary
from studio.services.images import Images
from studio.services.recipes import Recipes
from studio.services.supplies import Supplies
from tests.pipelines.generate.tiny import write_profile
from tests.pipelines.making import as_bytes
from tests.pipelines.painting.painters import PROFILE, Painter, honest
from tests.studio.commanding import Commands
from tests.studio.serving import Served, photo, serving, upload

SMALL = replace(PROFILE, buckets=((256, 256),))


@dataclass
class KnownGenerators:
    """One painter that is here, one that is not, one whose licence forbids it."""

    painter: Painter = field(default_factory=lambda: Painter(honest, profile=SMALL))
    most_pictures: int = 1
    profiles: ProfileRegistry = field(default_factory=lambda: ProfileRegistry((BUILT_IN_PROFILES,)))

    @contextmanager
    def expect(self, name: str) -> Iterator[None]:
        yield

    def name(self, profile_name: str, *, noncommercial: bool = False) -> str:
        if profile_name == "gated" and not noncommercial:
            raise LicenceRefused(name="gated", licence="research only")
        if profile_name == "absent":
            raise ModelMissing(name="absent")
        if profile_name not in {"known", "gated"}:
            raise ModelUnknown(name=profile_name, known=("known", "absent", "gated"))
        return f"{profile_name}@1"

    @contextmanager
    def lease(self, name: str) -> Iterator[Generator]:
        assert name in {"known@1", "gated@1"}
        yield self.painter


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    known: Any = KnownGenerators()
    with serving(tmp_path_factory.mktemp("home"), generators=known) as server:
        yield server


@pytest.fixture
def images(served: Served) -> Images:
    return served.services.images


def recipe(source: str, *, seed: int = 0, **params: Any) -> dict[str, Any]:
    wanted = {"model": "known", "prompt": "on a beach", "size_px": 256, "attempts": 1, **params}
    return {"source": source, "kind": "scene", "seed": seed, "params": wanted}


def rows_of(served: Served, recipes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = served.client.post("/v1/batches", json={"recipes": recipes})
    assert answer.status_code == 202, answer.text
    batch = answer.json()["id"]
    executor = served.services.executor
    assert executor is not None
    executor.drain(batch)
    rows: list[dict[str, Any]] = served.client.get(f"/v1/batches/{batch}").json()["rows"]
    return rows


def test_a_batch_over_http_paints_and_tells_what_was_checked(served: Served) -> None:
    source = upload(served.client, photo())
    over = recipe(source, template="podium", strength=0.5, describe="red box")
    rows = rows_of(served, [recipe(source), recipe(source, seed=1), over])
    assert [row["state"] for row in rows] == ["done"] * 3
    reports = [row["report"] for row in rows]
    assert {report["painter"] for report in reports} == {"known@1"}
    checks = {check["name"]: check for check in reports[2]["checks"]}
    assert "red box standing on a round cream podium" in checks["prompt"]["value"]
    assert checks["product lock"]["outcome"] == "pass"
    assert reports[2]["settings"]["strength"] == 0.5
    made = [row["asset"]["digest"] for row in rows]
    assert len(set(made)) == 3
    assert rows_of(served, [recipe(source, seed=1)])[0]["asset"]["digest"] == made[1]


def test_what_cannot_be_painted_is_a_row_with_its_reason(served: Served) -> None:
    source = upload(served.client, photo())
    rows = rows_of(
        served,
        [
            recipe(source, model="absent"),
            recipe(source, model="knwon"),
            recipe(source, model="gated"),
            recipe(source, steps=0),
            recipe(source, prompt=""),
            recipe(source, prompt="sea " * 2000),
            recipe(source, template="no-such-place"),
        ],
    )
    kinds = [row["error"]["kind"] for row in rows]
    assert kinds == [
        "ModelMissing", "ModelUnknown", "LicenceRefused", "RecipeInvalid", "RecipeInvalid",
        "RecipeInvalid", "TemplateNotFound",
    ]  # fmt: skip
    told = [row["error"]["message"] for row in rows]
    assert "run `packshot models pull absent`" in told[0]
    assert "did you mean 'known'" in told[1]
    assert "has 8,000 characters" in told[5]


def test_recipes_name_the_weights_and_what_reads_the_result(images: Images) -> None:
    source = "ab" * 32
    params = {"model": "known", "prompt": "on a beach"}
    painted = images.recipes.complete(kind="scene", source=source, params=params)
    assert (painted.params.generator, painted.params.text_models) == ("known@1", "")  # type: ignore[union-attr]
    allowed = images.recipes.complete(
        kind="scene", source=source, params=params | {"model": "gated", "noncommercial": True}
    )
    assert allowed.params.generator == "gated@1"  # type: ignore[union-attr]
    stands = images.recipes.complete(
        kind="scene", source=source,
        params={"model": "absent", "template": "podium", "strength": 0},
    )  # fmt: skip
    assert stands.params.generator == ""  # type: ignore[union-attr]


def test_without_a_model_words_still_find_a_template(images: Images) -> None:
    found = images.recipes.complete(
        kind="scene", source="ab" * 32, params={"prompt": "pastel podium"}
    )
    assert found.params.template == "podium"  # type: ignore[union-attr]
    assert "no image was generated" in found.params.template_choice  # type: ignore[union-attr]


def test_over_http_a_reference_finds_a_template_and_is_refused_where_nobody_looks(
    served: Served, images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = TemplateLibrary()
    few: Any = _Some(own, ("podium", "midnight-gloss"))
    monkeypatch.setattr(images.recipes, "_library", replace(images.library, templates=few))
    monkeypatch.setattr(
        images.library.generators, "profiles", ProfileRegistry((BUILT_IN_PROFILES,)), raising=False
    )
    seen = upload(served.client, as_bytes(own.get("midnight-gloss").plate()[::4, ::4]))
    wanted: dict[str, Any] = {"model": "", "prompt": "", "reference": seen}
    source = upload(served.client, photo())
    rows = rows_of(
        served,
        [
            recipe(source, **wanted),
            recipe(source, **wanted | {"reference": "cd" * 32}),
            recipe(source, **wanted | {"model": "sdxl-inpaint"}),
        ],
    )
    assert [row["state"] for row in rows] == ["done", "failed", "failed"], rows
    checks = {check["name"]: check["value"] for check in rows[0]["report"]["checks"]}
    assert checks["template"].startswith("midnight-gloss@")
    assert checks["reference"].startswith("closest to the reference: midnight-gloss (")
    assert "takes no reference pictures" in rows[2]["error"]["message"]


@dataclass
class _Some:
    """A library that shows only some of its templates, so that few plates are decoded."""

    library: TemplateLibrary
    shown: tuple[str, ...]

    def get(self, name: str) -> Template:
        return self.library.get(name)

    def all(self, **_: object) -> Iterator[Template]:
        return (self.library.get(name) for name in self.shown)


@pytest.fixture
def given_alpha(tmp_path: Path) -> Path:
    """A product that brings its own alpha, so that no model looks for it."""
    picture = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    picture.paste((180, 40, 60, 255), (50, 40, 110, 130))
    picture.save(tmp_path / "box.png")
    return tmp_path / "box.png"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--prompt", "sea", "--seed", "3"), "--seed needs --model"),
        (("--template", "raw-wood", "--count", "5"), "--count needs --model"),
        (("--model", "known"), "give --prompt TEXT, --template NAME, --reference IMG"),
        ((), "--reference IMG to find templates by"),
        (("--reference", "nothing-here.jpg"), "nothing-here.jpg: cannot be read"),
        (("--reference", "box.png", "--template", "podium"), "give --template NAME, or --prompt"),
        (
            ("--reference", "box.png", "--model", "sdxl-inpaint"),
            "takes no reference pictures: models that paint after a picture: flux2-klein",
        ),
        (
            ("--model", "m", "--prompt", "sea", "--strength", "0", "--places", "2"),
            "--places needs --template",
        ),
        (("--model", "sdxl-inpaint", "--prompt", "sea"), "packshot models pull sdxl-inpaint"),
        (("--model", "sdxl-inpant", "--prompt", "sea"), "did you mean 'sdxl-inpaint'"),
        (("--model", "flux-fill", "--prompt", "sea"), "PACKSHOT_NONCOMMERCIAL"),
        (("--template", "podium", "--strength", "0.5"), "needs a model that paints"),
    ],
)
def test_a_command_that_cannot_paint_says_what_to_do(
    packshot: Commands, given_alpha: Path, words: tuple[str, ...], said: str
) -> None:
    ran = packshot("scene", given_alpha, "--out", "scenes", *words)
    assert ran.code != 0
    assert said in " ".join(ran.err.replace("│", " ").split())
    assert not Path("scenes").exists()


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No matting model is here, and none looks at the result."""
    monkeypatch.setattr(Recipes, "missing_models", lambda *_: ())
    monkeypatch.setattr(Supplies, "matters", _no_matters)
    monkeypatch.setattr("pipelines.stages.painted.grown_product", lambda *_: None)


@pytest.mark.usefixtures("unseen")
def test_a_command_paints_a_set_by_seed(
    packshot: Commands, given_alpha: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generators = KnownGenerators()
    monkeypatch.setattr("studio.bootstrap.libraries.generators_of", lambda _: generators)
    ran = packshot(
        "scene", given_alpha, "--out", "scenes", "--model", "known", "--prompt", "on a beach",
        "--count", 2, "--seed", 7, "--attempts", 1, "--size", 256, "--json",
    )  # fmt: skip
    made = [Path(one["file"]) for one in ran.data["images"]]
    assert [file.name for file in made] == ["box-known-7.jpg", "box-known-8.jpg"]
    assert sorted(ask.seed for ask in generators.painter.asked) == [7, 8]
    assert made[0].read_bytes() != made[1].read_bytes()
    report = json.loads(made[0].with_name("box-known-7.report.json").read_text(encoding="utf-8"))
    assert report["painter"] == "known@1"


@pytest.mark.usefixtures("unseen")
def test_a_command_paints_with_a_checkpoint_in_a_folder(
    packshot: Commands,
    given_alpha: Path,
    tmp_path: Path,
    tiny_checkpoint: Callable[[str], Path],
) -> None:
    write_profile(tmp_path, "ours", tiny_checkpoint("sdxl-inpaint"), like="sdxl-inpaint")
    ran = packshot(
        "scene", given_alpha, "--out", "scenes", "--model", "ours", "--template", "podium",
        "--prompt", "in the snow", "--describe", "red box", "--attempts", 1, "--size", 128,
        "--format", "png", "--json",
    )  # fmt: skip
    (made,) = ran.data["images"]
    assert ran.code == 1  # untrained weights paint noise, and the report says so
    assert {one["name"] for one in made["failed_checks"]} >= {"drift"}
    assert Path(made["file"]).name == "box-podium-ours-0.png"
    with Image.open(made["file"]) as image:
        shown = np.asarray(image.convert("RGB"))
    report = json.loads(
        Path(made["file"]).with_name("box-podium-ours-0.report.json").read_text(encoding="utf-8")
    )
    checks = {check["name"]: check for check in report["checks"]}
    assert checks["product lock"]["outcome"] == "pass"
    assert checks["painted by"]["value"].endswith(", float32")  # behind the device's name
    assert checks["prompt"]["value"].startswith("in the snow, red box standing on a round cream")
    assert report["painter"].startswith("ours@")
    red = (shown == (180, 40, 60)).all(axis=2)
    assert red.sum() > 400
    assert shown[~red].std() > 8


@contextmanager
def _no_matters(*_: object) -> Iterator[tuple[()]]:
    yield ()


def test_jobs_are_named_by_what_they_paint(images: Images) -> None:
    params = {"model": "known", "prompt": "on a beach"}
    recipes = [
        images.recipes.complete(kind="scene", source="ab" * 32, params=params, seed=seed)
        for seed in (0, 1)
    ]
    rows = [images.row(n, one, label="x") for n, one in enumerate(recipes)]
    assert isinstance(rows[0], gpu.RowSpec)
    assert rows[0].job is not None
    assert rows[1].job is not None
    assert rows[0].job.id != rows[1].job.id
