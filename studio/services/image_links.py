"""Where clients find the images that tests name: open to all, or under signed addresses.

::

    links = SignedImages(engine, clock=time.time, previews=previews)
    links.at().url(digest)      # /v1/assets/9f86…?sig=1790208000.3.q1w2…
    links.check(asked)          # seconds that the address is good for; ImageLinkRefused

A signature covers the image, the size and format, and the moment at which the address expires.
That is rounded to windows of `WINDOW_S`, so that every server gives the same address all through a
window and caches keep what they have; whoever is given one may use it for two to three windows.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:  # pages of batches need addresses, but none of the statistics behind records
    from studio.db.records import ImageKeyRecord

WINDOW_S: Final = 12 * 3600
"""How long an image's address stays the same."""
WINDOWS: Final = 3
"""An address expires at the end of the second window after the one that it was made in."""
_MAC_BYTES: Final = 16
_DIGEST_CHARS: Final = 64
_OF_TENANT: Final = re.compile(r"^/of/[^/]+(?=/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedImage:
    """What a request asks for, and what it shows to be let in.

    Parameters
    ----------
        width_px, format_name : of a rendition; None for the image as it is
        sig                   : the signature of its address
        preview               : a preview's token instead
    """

    digest: str
    width_px: int | None = None
    format_name: str | None = None
    sig: str | None = None
    preview: str | None = None


class Addresses(Protocol):
    """Images' addresses of one moment; `label` changes with them and with nothing else."""

    @property
    def label(self) -> str:
        """What sets these addresses apart from those of other moments; empty: nothing does."""
        ...

    @property
    def until_s(self) -> float | None:
        """When they expire; None: never."""
        ...

    def url(
        self, image: str, *, width_px: int | None = None, format_name: str | None = None
    ) -> str:
        """Where a client finds an image, or a rendition of it."""
        ...


class ImageLinks(Protocol):
    """Gives images' addresses, and tells good ones from others."""

    def at(self, now_s: float | None = None) -> Addresses:
        """The addresses to give from now on, or from another moment on.

        Raises
        ------
            DatabaseFault
        """
        ...

    def check(self, asked: AskedImage) -> float | None:
        """How many seconds a request's address is good for; None: for good.

        Raises
        ------
            ImageLinkRefused, DatabaseFault
        """
        ...


def is_digest(image: str) -> bool:
    """Whether a test names an image of the store, and no address elsewhere."""
    return len(image) == _DIGEST_CHARS and all(c in "0123456789abcdef" for c in image)


def asset_path(image: str) -> str:
    """Where an image lies: a digest's place in the HTTP API, anything else as it is."""
    return f"/v1/assets/{image}" if is_digest(image) else image


def named_by(url: str) -> str:
    """What a test named to get an address: the digest of one of ours, any other as it is.

    >>> named_by(f"/v1/assets/{'0a' * 32}?w=80&sig=1.2.x") == "0a" * 32
    True
    >>> named_by("https://shop.example/mug.jpg")
    'https://shop.example/mug.jpg'
    """
    path = _OF_TENANT.sub("", url)
    digest = path.removeprefix("/v1/assets/").partition("?")[0]
    return digest if path.startswith("/v1/assets/") and is_digest(digest) else url


def of_tenant(tenant: str, path: str) -> str:
    """An address within a tenant's world, for who bears no key that would tell.

    >>> of_tenant("acme", "/v1/assets/9f86")
    '/of/acme/v1/assets/9f86'
    """
    return f"/of/{tenant}{path}"


def public_path(image: str, _token: str) -> str:
    """Where the image of a preview lies, when all images are open."""
    return asset_path(image)


def preview_path(image: str, token: str) -> str:
    """Where the image of a preview lies, for as long as its token is good."""
    return f"{asset_path(image)}?preview={token}" if is_digest(image) else image


class PublicAddresses:
    """An image's digest is all that it takes."""

    label = ""
    until_s = None

    def url(
        self, image: str, *, width_px: int | None = None, format_name: str | None = None
    ) -> str:
        """Where a client finds an image, or a rendition of it."""
        return _with_query(image, _size(width_px, format_name))


class PublicImages:
    """Open to whoever knows a digest: the choice ``public``."""

    def at(self, now_s: float | None = None) -> Addresses:  # noqa: ARG002 - the same at all times
        """Return the addresses of all times."""
        return PublicAddresses()

    def check(self, asked: AskedImage) -> float | None:  # noqa: ARG002 - as above
        """Let all in, for good."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAddresses:
    """Those of one window, signed by one key.

    Parameters
    ----------
        window : counted from the epoch
    """

    window: int
    key: ImageKeyRecord

    @classmethod
    def of(cls, keys: tuple[ImageKeyRecord, ...], *, now_s: float) -> SignedAddresses:
        """The same on every server: the newest key that was there when the window began.

        By a clock that is days behind none was yet; the oldest that there is signs then.
        """
        window = int(now_s // WINDOW_S)
        begun = [key for key in keys if key.from_s <= window * WINDOW_S] or keys[-1:]
        return cls(window=window, key=max(begun, key=lambda key: key.number))

    @property
    def label(self) -> str:
        """Window and key."""
        return f"{self.window}-{self.key.number}"

    @property
    def until_s(self) -> float:
        """When they expire."""
        return float((self.window + WINDOWS) * WINDOW_S)

    def url(
        self, image: str, *, width_px: int | None = None, format_name: str | None = None
    ) -> str:
        """Where a client finds an image, or a rendition of it; one elsewhere stays as it is."""
        size = _size(width_px, format_name)
        if not is_digest(image):
            return _with_query(image, size)
        until = int(self.until_s)
        told = f"{until}.{self.key.number}.{_mac(self.key, image, size, until)}"
        return _with_query(image, [*size, f"sig={told}"])


def opens(
    asked: AskedImage, find: Callable[[int], ImageKeyRecord | None]
) -> tuple[float, ImageKeyRecord] | None:
    """When a signed address expires, and its key; None where the signature is not ours.

    Parameters
    ----------
        find : a key by its number
    """
    parts = (asked.sig or "").split(".")
    # One way to write each: what is not as we write it was altered.
    if len(parts) != 3 or not all(_is_plain_number(part) for part in parts[:2]):
        return None
    key = find(int(parts[1]))
    if key is None:
        return None
    size = _size(asked.width_px, asked.format_name)
    wanted = _mac(key, asked.digest, size, int(parts[0]))
    if not hmac.compare_digest(wanted.encode(), parts[2].encode()):
        return None
    return float(parts[0]), key


def _is_plain_number(text: str) -> bool:
    return 0 < len(text) <= 12 and text.isascii() and text.isdigit() and str(int(text)) == text


def _size(width_px: int | None, format_name: str | None) -> list[str]:
    size = [] if width_px is None else [f"w={width_px}"]
    return size if format_name is None else [*size, f"format={format_name}"]


def _with_query(image: str, query: list[str]) -> str:
    path = asset_path(image)
    return f"{path}?{'&'.join(query)}" if query and is_digest(image) else path


def _mac(key: ImageKeyRecord, digest: str, size: list[str], until: int) -> str:
    told = f"packshot image\0{digest}\0{'&'.join(size)}\0{until}".encode()
    mac = hmac.digest(key.secret, told, hashlib.sha256)[:_MAC_BYTES]
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")
