"""Content credentials, read back by the reference library itself."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import c2pa
import pytest

from pipelines.errors import SigningKeyUnusable
from pipelines.imaging.encode import FORMATS, MEDIA_TYPE, EncodeOptions, Format, encode
from pipelines.provenance.checks import origin_checks
from pipelines.provenance.credentials import CredentialsSigner, credentials_in
from pipelines.provenance.marks import Marks
from pipelines.provenance.signing_key import SigningKey, local_key, read_key
from pipelines.provenance.xmp import marks_in, packet
from tests.pipelines.making import as_bytes, product_photo

NOW = datetime.now(UTC)
REPORT: dict[str, Any] = {
    "name": "杯子.jpg", "recipe": "ab" * 32, "source": "cd" * 32, "kind": "scene", "engine": 2,
    "models": ["u2netp@309c8469258d"], "provenance": {"source_type": "compositeSynthetic"},
    "settings": {"template": "raw-wood"},
}  # fmt: skip


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    """The key of an installation."""
    return local_key(tmp_path_factory.mktemp("credentials"), now=NOW)


@pytest.fixture(scope="module")
def signer(key: SigningKey) -> CredentialsSigner:
    """Signs with that key."""
    return CredentialsSigner(key)


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_carries_a_manifest_that_holds(
    signer: CredentialsSigner, format_name: Format
) -> None:
    xmp = packet(Marks(source_type="compositeSynthetic"))
    plain = encode(product_photo(), EncodeOptions(format=format_name, xmp=xmp)).data
    media_type = MEDIA_TYPE[format_name]
    signed = signer.sign(plain, media_type=media_type, report=REPORT, source=None)
    assert credentials_in(plain, media_type) is None
    found = credentials_in(signed, media_type)
    assert found is not None
    assert (found.intact, found.made_by, found.recipe) == (True, "Packshot", "ab" * 32)
    assert marks_in(signed).source_type == "compositeSynthetic"
    assert len(signed) - len(plain) < 6_000
    (broken,) = [one for one in origin_checks(_altered(signed, plain)) if one.outcome == "fail"]
    assert broken.name == "content credentials"


def _altered(signed: bytes, plain: bytes) -> bytes:
    """Change a byte of the picture, not of the manifest."""
    start = signed.rindex(plain[-200:-150])
    return signed[:start] + bytes([signed[start] ^ 1]) + signed[start + 1 :]


def test_the_manifest_names_source_recipe_models_and_actions(signer: CredentialsSigner) -> None:
    signed = signer.sign(
        as_bytes(product_photo(), "JPEG"),
        media_type="image/jpeg",
        report=REPORT,
        source=as_bytes(product_photo(), "WEBP"),
    )
    with c2pa.Reader("image/jpeg", io.BytesIO(signed)) as reader:
        told = json.loads(reader.json())
    active = told["manifests"][told["active_manifest"]]
    assertions = {one["label"]: one["data"] for one in active["assertions"]}
    recipe = assertions["com.packshot.recipe"]
    assert (recipe["source"], recipe["settings"]) == ("cd" * 32, {"template": "raw-wood"})
    actions = assertions["c2pa.actions.v2"]["actions"]
    assert [one["action"] for one in actions] == ["c2pa.opened", "c2pa.edited", "c2pa.edited"]
    assert actions[1]["softwareAgent"] == {"name": "u2netp", "version": "309c8469258d"}
    assert actions[2]["digitalSourceType"].endswith("/compositeSynthetic")
    (ingredient,) = active["ingredients"]
    assert (ingredient["title"], ingredient["relationship"]) == ("杯子.jpg", "parentOf")


def test_the_sources_own_credentials_stay_in_the_history(signer: CredentialsSigner) -> None:
    photo = signer.sign(
        as_bytes(product_photo(), "JPEG"), media_type="image/jpeg", report=REPORT, source=None
    )
    signed = signer.sign(
        as_bytes(product_photo()), media_type="image/png", report=REPORT, source=photo
    )
    with c2pa.Reader("image/png", io.BytesIO(signed)) as reader:
        assert len(json.loads(reader.json())["manifests"]) == 2


@pytest.mark.parametrize(
    "source", [b"", b"no picture", as_bytes(product_photo(), "BMP"), b"\xff\xd8\xff cut"]
)
def test_a_source_that_can_hold_no_manifest_is_named_all_the_same(
    signer: CredentialsSigner, source: bytes
) -> None:
    signed = signer.sign(
        as_bytes(product_photo()), media_type="image/png", report=REPORT, source=source
    )
    found = credentials_in(signed, "image/png")
    assert found is not None
    assert found.intact


def test_an_installations_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = local_key(tmp_path / "credentials", now=NOW)
    assert local_key(tmp_path / "credentials", now=NOW) == first
    for path in (tmp_path / "credentials").iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_a_key_that_cannot_sign_is_refused_by_name(tmp_path: Path, key: SigningKey) -> None:
    certificates, private = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificates.write_bytes(key.certificates)
    with pytest.raises(SigningKeyUnusable, match=r"PACKSHOT_C2PA_KEY.*set both"):
        read_key(certificates, None)
    with pytest.raises(SigningKeyUnusable, match=r"key\.pem.*cannot be read"):
        read_key(certificates, private)
    private.write_text("no key")
    with pytest.raises(SigningKeyUnusable, match="no PEM private key"):
        read_key(certificates, private)
    private.write_bytes(local_key(tmp_path / "other", now=NOW).key)
    with pytest.raises(SigningKeyUnusable, match="does not belong"):
        read_key(certificates, private)
    private.write_bytes(key.key)
    assert read_key(certificates, private) == key
