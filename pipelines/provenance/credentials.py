"""C2PA content credentials: a signed manifest inside the file that says what it was made from.

A signature holds the time and random numbers, so that signing is no part of a recipe's bytes: it is
done to the file that leaves the store.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.errors import SigningKeyUnusable, SigningUnavailable
from pipelines.provenance.signing_key import SigningKey

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_RECIPE = "com.packshot.recipe"
_SETTINGS = {
    # A thumbnail inside the manifest adds 30 KB, which marketplaces' byte limits have no room for.
    "builder": {"thumbnail": {"enabled": False}},
    # Nobody vouches for an installation's own key: that is said, it is no error.
    "verify": {"verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}
_MAGIC = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG", "image/png"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypavi", "image/avif"),
    (4, b"ftyp", "image/heic"),
)
_DONE = {
    "cutout": "the product was freed from its background",
    "white": "the product was freed from its background and put on pure white",
    "scene": "the product was freed from its background and put into a scene",
    "edit": "a model changed parts of the picture as it was told to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a file's manifest says.

    Attributes
    ----------
    signer
        The certificate's organisation, or its common name.
    intact
        Whether the signature holds for these very bytes.
    fault
        What is wrong where it does not, as the specification codes it.
    made_by
        The software that claims to have made the file.
    recipe
        Digest of the recipe, where this product made the file; else "".
    """

    signer: str
    intact: bool
    made_by: str
    recipe: str = ""
    fault: str = ""

    def words(self) -> str:
        """One line for a report."""
        state = "intact" if self.intact else f"BROKEN ({self.fault})"
        return f"C2PA manifest of {self.made_by}, signed by {self.signer}, {state}"


class CredentialsSigner:
    """Signs files with one key; safe to call from several threads."""

    def __init__(self, key: SigningKey) -> None:
        _c2pa()
        self._key = key

    def sign(
        self, data: bytes, *, media_type: str, report: Mapping[str, Any], source: bytes | None
    ) -> bytes:
        """Return the file with a signed manifest in it.

        Parameters
        ----------
        report : the report of the image as JSON; see `pipelines.report`
        source : the photo's bytes, whose own manifest is kept as the first part of the history;
            None where they are gone

        Raises
        ------
        SigningKeyUnusable : the library refuses the certificate, or the file
        """
        c2pa = _c2pa()
        info = c2pa.C2paSignerInfo(b"es256", self._key.certificates, self._key.key, None)
        signed = io.BytesIO()
        try:
            with (
                c2pa.Context(c2pa.Settings.from_dict(_SETTINGS)) as context,
                c2pa.Signer.from_info(info) as signer,
                c2pa.Builder(_manifest(report, media_type), context) as builder,
            ):
                _add_source(builder, report, source)
                builder.sign(signer, media_type, io.BytesIO(data), signed)
        except c2pa.C2paError as fault:
            raise SigningKeyUnusable(path="content credentials", why=str(fault)) from fault
        return signed.getvalue()


def credentials_in(data: bytes, media_type: str) -> Credentials | None:
    """Read and verify a file's manifest; None where it has none.

    Raises
    ------
    SigningUnavailable
    """
    c2pa = _c2pa()
    try:
        with c2pa.Context(c2pa.Settings.from_dict(_SETTINGS)) as context:
            reader = c2pa.Reader.try_create(media_type, io.BytesIO(data), context=context)
            if reader is None:
                return None
            with reader:
                told, state = json.loads(reader.json()), reader.get_validation_state()
    except c2pa.C2paError as fault:
        return Credentials(signer="nobody", intact=False, made_by="unknown", fault=str(fault)[:200])
    return _read(told, intact=state in {"Valid", "Trusted"})


def _read(told: Mapping[str, Any], *, intact: bool) -> Credentials:
    active = told["manifests"][told["active_manifest"]]
    signature = active.get("signature_info", {})
    generators = active.get("claim_generator_info") or [{}]
    recipe = next((each["data"].get("recipe", "") for each in active.get("assertions", [])
                   if each["label"] == _RECIPE), "")  # fmt: skip
    faults = [each["code"] for each in told.get("validation_status", [])]
    return Credentials(
        signer=str(signature.get("issuer") or signature.get("common_name") or "nobody"),
        intact=intact,
        made_by=str(generators[0].get("name", "unknown")),
        recipe=str(recipe),
        fault="" if intact else ", ".join(faults),
    )


def _agent(name: str, did: str) -> dict[str, Any]:
    """A model, ``name@revision``, and what it did."""
    bare, _, revision = name.partition("@")
    return {
        "action": "c2pa.edited",
        "softwareAgent": {"name": bare, "version": revision},
        "description": did,
    }


def _manifest(report: Mapping[str, Any], media_type: str) -> dict[str, Any]:
    agents = [_agent(name, "found the product's outline") for name in report.get("models", [])]
    if report.get("painter"):
        agents.append(_agent(str(report["painter"]), "painted what is around the product"))
    made: dict[str, Any] = {
        "action": "c2pa.edited",
        "softwareAgent": {"name": "Packshot", "version": f"engine {report.get('engine', 0)}"},
        "description": _DONE.get(str(report.get("kind")), "the product's picture was remade"),
    }
    source_type = report.get("provenance", {}).get("source_type")
    if source_type:
        made["digitalSourceType"] = f"{_IPTC}{source_type}"
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["source"]}}
    facts = {key: report.get(key, "") for key in ("recipe", "source", "kind", "engine")}
    return {
        "claim_generator_info": [{"name": "Packshot", "version": f"engine.{facts['engine']}"}],
        "title": str(report.get("name") or "image"),
        "format": media_type,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [opened, *agents, made]}},
            {"label": _RECIPE, "data": {**facts, "settings": report.get("settings", {})}},
        ],
    }


def _add_source(builder: Any, report: Mapping[str, Any], source: bytes | None) -> None:
    """Name the photo as what was opened; formats that C2PA does not know go without their bytes."""
    told = {"title": str(report.get("name") or "photo"), "relationship": "parentOf",
            "label": "source", "instance_id": f"sha256:{report.get('source', '')}"}  # fmt: skip
    media_type = media_type_of(source or b"")
    if source is not None and media_type:
        try:
            builder.add_ingredient_from_stream(told, media_type, io.BytesIO(source))
        except _c2pa().C2paError:
            pass  # cut off, as some cameras leave files: named below by its digest alone
        else:
            return
    builder.add_ingredient_from_stream(told, "application/octet-stream", io.BytesIO(b""))


def media_type_of(data: bytes) -> str:
    """A picture's type by its first bytes, of those that can hold a manifest; else ""."""
    return next((kind for at, magic, kind in _MAGIC if data[at:].startswith(magic)), "")


def _c2pa() -> Any:
    try:
        import c2pa
    except ImportError as fault:
        raise SigningUnavailable from fault
    return c2pa
