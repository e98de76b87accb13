"""The key that signs content credentials: given by its owner, or made for this installation.

A certificate that nobody vouches for proves that a file was not altered since this installation
made it, and not who its owner is: viewers say "unknown signer". A shop that wants its name there
buys a certificate and names it in the settings.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import SigningKeyUnusable, SigningUnavailable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, Name

_CERTIFICATES = "certificates.pem"
_KEY = "key.pem"
_VALID = timedelta(days=3650)
_OWNER = "Packshot installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A certificate chain, the signer's own first, and its private key; both PEM."""

    certificates: bytes
    key: bytes


def read_key(certificates: Path | None, key: Path | None) -> SigningKey:
    """Read what the owner gave.

    Raises
    ------
    SigningUnavailable
    SigningKeyUnusable : one of the two is missing, unreadable, of another kind or of another pair
    """
    if certificates is None or key is None:
        lacking = "PACKSHOT_C2PA_CERT" if certificates is None else "PACKSHOT_C2PA_KEY"
        raise SigningKeyUnusable(path=lacking, why="certificate and key belong together; set both")
    found = SigningKey(certificates=_bytes(certificates), key=_bytes(key))
    _refuse_strangers(found, certificates, key)
    return found


def local_key(folder: Path, *, now: datetime) -> SigningKey:
    """Return this installation's own key, made on first use.

    Parameters
    ----------
    folder : where it lies; the private key can be read by its owner only
    now : start of its validity, ten years

    Raises
    ------
    SigningUnavailable, SigningKeyUnusable
    """
    certificates, key = folder / _CERTIFICATES, folder / _KEY
    if not certificates.is_file():
        made = _made(now)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_private(key, made.key)
            _write_private(certificates, made.certificates)  # last: it says that both are there
        except OSError as fault:
            why = fault.strerror or str(fault)
            raise SigningKeyUnusable(path=str(folder), why=f"cannot be written ({why})") from fault
    return read_key(certificates, key)


def _made(now: datetime) -> SigningKey:
    """Make a root that vouches for one signer: C2PA refuses a signer who vouches for itself."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as fault:
        raise SigningUnavailable from fault
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate(root_key, root_key, name="root", now=now)
    signer = _certificate(key, root_key, name="signer", now=now)
    pem = serialization.Encoding.PEM
    return SigningKey(
        certificates=signer.public_bytes(pem) + root.public_bytes(pem),
        key=key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _certificate(
    key: "EllipticCurvePrivateKey", issuer: "EllipticCurvePrivateKey", *, name: str, now: datetime
) -> "Certificate":
    """Make a certificate as C2PA's profile wants it (specification 2.1, section 14.5)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    is_root = key is issuer
    usage = x509.KeyUsage(
        digital_signature=not is_root, key_cert_sign=is_root, crl_sign=is_root,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("root"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _VALID)
        .add_extension(
            x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True
        )
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.EMAIL_PROTECTION])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
        built = built.add_extension(purpose, critical=False)
        built = built.add_extension(authority, critical=False)
    return built.sign(issuer, hashes.SHA256())


def _name(common: str) -> "Name":
    from cryptography import x509

    oid = x509.oid.NameOID
    return x509.Name(
        [
            x509.NameAttribute(oid.ORGANIZATION_NAME, _OWNER),
            x509.NameAttribute(oid.COMMON_NAME, f"{_OWNER}, {common}"),
        ]
    )


def _refuse_strangers(found: SigningKey, certificates: Path, key: Path) -> None:
    """Refuse a key that is not the certificate's: every signature would be broken."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as fault:
        raise SigningUnavailable from fault
    try:
        private = serialization.load_pem_private_key(found.key, password=None)
    except (ValueError, TypeError) as fault:
        why = "is no PEM private key without a password"
        raise SigningKeyUnusable(path=str(key), why=why) from fault
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise SigningKeyUnusable(path=str(key), why="is of another kind; EC P-256 is needed")
    try:
        signer = x509.load_pem_x509_certificates(found.certificates)[0]
    except ValueError as fault:
        raise SigningKeyUnusable(path=str(certificates), why="is no PEM certificate") from fault
    if signer.public_key() != private.public_key():
        raise SigningKeyUnusable(path=str(key), why="does not belong to the first certificate")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        why = f"cannot be read ({fault.strerror})"
        raise SigningKeyUnusable(path=str(path), why=why) from fault


def _write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = path.with_suffix(f".{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
