import pytest

from studio.streams import StreamUnusable
from studio.streams.connection import Connection


def test_addresses_are_shown_without_their_passwords() -> None:
    with pytest.raises(StreamUnusable, match="PACKSHOT_STREAM_URL"):
        Connection("http://shop:secret@streams:1")
    assert Connection("redis://shop:secret@streams:1").url == "redis://streams:1"
