"""Results in a folder: whole, in one place, apart where they failed, signed where asked for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets import AssetStore
from pipelines import BUILT_IN_PRESETS, PresetRegistry
from pipelines.provenance.credentials import CredentialsSigner, credentials_in
from pipelines.provenance.signing_key import local_key
from studio.services.errors import CredentialsTooLarge
from studio.services.export import FAILED, export, export_refusal, read_report
from tests.studio.results import made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of results."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_failed_is_kept_apart_with_its_report(store: AssetStore, out: Path) -> None:
    good = export(store, made(store, passed=True), folder=out, stem="a", name="a b.jpg")
    bad = export(store, made(store, passed=False), folder=out, stem="b")
    assert good == out / "a.jpg"
    assert bad == out / FAILED / "b.jpg"
    assert names(out) == {"a.jpg", "a.report.json", FAILED}
    report = read_report(out / "a.report.json")
    assert report is not None
    assert (report["schema"], report["name"], report["file"]) == (1, "a b.jpg", "a.jpg")


def test_an_image_made_anew_lies_in_one_place_only(store: AssetStore, out: Path) -> None:
    export(store, made(store, passed=False), folder=out, stem="mug")
    (out / "mug.png").write_bytes(b"the user's own")
    export(store, made(store, passed=True), folder=out, stem="mug")
    assert FAILED not in names(out)
    export(store, made(store, passed=True, suffix=".png", side=301), folder=out, stem="mug2")
    export(store, made(store, passed=True), folder=out, stem="mug2")
    assert names(out) == {
        "mug.jpg",
        "mug.png",
        "mug.report.json",
        "mug2.jpg",
        "mug2.report.json",
    }
    export_refusal(folder=out, stem="mug2", name="m.jpg", kind="white", source="", error="cut off")
    assert names(out) == {FAILED, "mug.jpg", "mug.png", "mug.report.json"}
    assert names(out / FAILED) == {"mug2.report.json"}


def test_a_signed_file_leaves_the_stored_image_as_it_was(
    store: AssetStore, out: Path, tmp_path: Path
) -> None:
    signer = CredentialsSigner(local_key(tmp_path / "key", now=datetime.now(UTC)))
    result = made(store, passed=True)
    stored = store.read(result["asset"])
    path = export(store, result, folder=out, stem="a", name="a.jpg", signer=signer)
    found = credentials_in(path.read_bytes(), "image/jpeg")
    assert found is not None
    assert found.intact
    assert store.read(result["asset"]) == stored != path.read_bytes()
    report = read_report(out / "a.report.json")
    assert report is not None
    assert report["provenance"]["credentials"] == found.signer


def test_signing_never_breaks_a_channels_byte_limit_silently(
    store: AssetStore, out: Path, tmp_path: Path
) -> None:
    signer = CredentialsSigner(local_key(tmp_path / "key", now=datetime.now(UTC)))
    presets = PresetRegistry((BUILT_IN_PRESETS,))
    limit = presets.get("taobao-white").max_bytes or 0
    result = made(store, passed=True, spec="taobao-white", weight=limit - 100)
    with pytest.raises(CredentialsTooLarge, match=r"taobao-white takes at most .*--credentials"):
        export(store, result, folder=out, stem="a", signer=signer, presets=presets)
    assert names(out) == set()


def test_an_image_of_another_kind_is_left_alone(store: AssetStore, out: Path) -> None:
    white = export(store, made(store, passed=True, kind="white"), folder=out, stem="a")
    cutout = made(store, passed=True, kind="cutout", suffix=".png")
    assert export(store, cutout, folder=out, stem="a").is_file()
    assert white.is_file()
