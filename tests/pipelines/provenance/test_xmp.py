"""XMP packets: what is written is read back, and hostile packets mark nothing."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines.provenance.marks import SOURCE_TYPES, AigcLabel, Marks
from pipelines.provenance.xmp import marks_in, packet, read_packet

_LABELS = st.builds(
    AigcLabel,
    producer=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(str.isprintable),
    produce_id=st.text("0123456789abcdef", max_size=64),
)


@given(
    st.builds(Marks, source_type=st.sampled_from([None, *SOURCE_TYPES]), aigc=st.none() | _LABELS)
)
def test_what_is_written_is_read_back(marks: Marks) -> None:
    assert read_packet(packet(marks)) == marks


def test_nothing_marked_is_nothing_written() -> None:
    assert packet(Marks()) == b""
    assert read_packet(b"") == Marks()


def test_a_property_may_be_an_attribute() -> None:
    written = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" e:DigitalSourceType='
        b'"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    assert read_packet(written).source_type == "trainedAlgorithmicMedia"


@pytest.mark.parametrize(
    "hostile",
    [
        b"<unclosed",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "<a/>".encode("utf-16"),
        b"<a>" + b"x" * (1 << 20) + b"</a>",
    ],
)
def test_what_is_no_packet_marks_nothing(hostile: bytes) -> None:
    assert read_packet(hostile) == Marks()


def test_a_file_that_is_no_picture_marks_nothing() -> None:
    assert marks_in(b"") == Marks()
    assert marks_in(b"\x89PNG\r\n\x1a\n broken") == Marks()
    plain = io.BytesIO()
    Image.new("RGB", (4, 4)).save(plain, "JPEG")
    assert marks_in(plain.getvalue()) == Marks()
