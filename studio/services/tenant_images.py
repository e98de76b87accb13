"""Where clients find a tenant's images: as `studio.services.image_links` says, under their name.

Who fetches an image bears no key, so that the address says whose it is.
"""

from __future__ import annotations

from collections.abc import Callable

from studio.services.image_links import Addresses, AskedImage, ImageLinks, is_digest, of_tenant


class TenantImages:
    """A tenant's images, open to all or signed.

    Parameters
    ----------
        links : within the tenant's own world
    """

    def __init__(self, links: ImageLinks, *, tenant: str) -> None:
        self._links = links
        self._tenant = tenant

    def at(self, now_s: float | None = None) -> Addresses:
        """The addresses to give from now on, or from another moment on.

        Raises
        ------
            DatabaseFault
        """
        return TenantAddresses(self._links.at(now_s), tenant=self._tenant)

    def check(self, asked: AskedImage) -> float | None:
        """How many seconds a request's address is good for; None: for good.

        Raises
        ------
            ImageLinkRefused, DatabaseFault
        """
        return self._links.check(asked)


class TenantAddresses:
    """Addresses of one moment."""

    def __init__(self, addresses: Addresses, *, tenant: str) -> None:
        self._addresses = addresses
        self._tenant = tenant

    @property
    def label(self) -> str:
        """What sets these addresses apart from those of other moments."""
        return self._addresses.label

    @property
    def until_s(self) -> float | None:
        """When they expire; None: never."""
        return self._addresses.until_s

    def url(
        self, image: str, *, width_px: int | None = None, format_name: str | None = None
    ) -> str:
        """Where a client finds an image, or a rendition of it; one elsewhere stays as it is."""
        url = self._addresses.url(image, width_px=width_px, format_name=format_name)
        return of_tenant(self._tenant, url) if is_digest(image) else url


def preview_paths(path: Callable[[str, str], str], *, tenant: str) -> Callable[[str, str], str]:
    """From an image and a preview's token to an address of a tenant's.

    Parameters
    ----------
        path : the same within the tenant's own world
    """
    return lambda image, token: (
        of_tenant(tenant, path(image, token)) if is_digest(image) else path(image, token)
    )
