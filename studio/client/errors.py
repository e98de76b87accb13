"""What goes wrong at the start of a client; after it, nothing is raised.

::

    ClientError
    ├── UrlInvalid         the server's address cannot be used
    ├── OptionsInvalid     an option is out of range
    ├── KeyRefused         the server does not know the key, or it is not for this
    └── ServerUnsuitable   the server speaks another version
"""

from __future__ import annotations


class ClientError(Exception):
    """Anything that a client raises."""


class UrlInvalid(ClientError):
    """The server's address cannot be used."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url!r} is no address of a server: {why}")
        self.url = url
        self.why = why


class OptionsInvalid(ClientError):
    """An option is out of range."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class KeyRefused(ClientError):
    """The server does not know the key, or it is not for this; `detail` is what the server said."""

    def __init__(self, *, status: int, detail: str) -> None:
        super().__init__(f"the server refuses the key ({status}): {detail}")
        self.status = status
        self.detail = detail


class ServerUnsuitable(ClientError):
    """The server speaks another version; one of the two must be updated."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
