"""Marks of origin as an XMP packet, and back from the files of others."""

import io
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from PIL import Image

from pipelines.provenance.marks import SOURCE_TYPES, AigcLabel, DigitalSource, Marks

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LARGEST_PACKET_BYTES = 1 << 20


def packet(marks: Marks) -> bytes:
    """Write an XMP packet in UTF-8; nothing where nothing is marked."""
    inner = ""
    if marks.source_type is not None:
        inner += (
            f"<Iptc4xmpExt:DigitalSourceType>{_IPTC}{marks.source_type}"
            "</Iptc4xmpExt:DigitalSourceType>"
        )
    if marks.aigc is not None:
        inner += f"<TC260:AIGC>{escape(marks.aigc.to_json())}</TC260:AIGC>"
    if not inner:
        return b""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_IPTC_EXTENSION}" '
        f'xmlns:TC260="{_TC260}">{inner}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def marks_in(data: bytes) -> Marks:
    """Read the marks of a file; none where it is no picture or has no readable XMP."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return Marks()
    return read_packet(found.encode() if isinstance(found, str) else found or b"")


def read_packet(xmp: bytes) -> Marks:
    """Read the marks of an XMP packet; what is no well-formed packet marks nothing."""
    xmp = xmp.strip(b"\x00 \n\r\t")
    # Entities are refused outright: a packet needs none, and expanding them is an old attack.
    hostile = b"<!DOCTYPE" in xmp or b"<!ENTITY" in xmp or b"\x00" in xmp
    if not xmp or len(xmp) > _LARGEST_PACKET_BYTES or hostile:
        return Marks()
    try:
        root = ElementTree.fromstring(xmp)  # noqa: S314 - entities refused above
    except (ElementTree.ParseError, UnicodeError, ValueError):
        return Marks()
    source, aigc = _value(root, _IPTC_EXTENSION, "DigitalSourceType"), _value(root, _TC260, "AIGC")
    return Marks(source_type=_source_type(source), aigc=AigcLabel.from_json(aigc) if aigc else None)


def _value(root: ElementTree.Element, namespace: str, name: str) -> str:
    """A property's text, which XMP lets be an element or an attribute of its description."""
    key = f"{{{namespace}}}{name}"
    for node in root.iter():
        if node.tag == key:
            return (node.text or node.get(f"{{{_RDF}}}resource") or "").strip()
        if key in node.attrib:
            return node.attrib[key].strip()
    return ""


def _source_type(url: str) -> DigitalSource | None:
    last = url.rstrip("/").rsplit("/", 1)[-1]
    return next((one for one in SOURCE_TYPES if one == last), None)
