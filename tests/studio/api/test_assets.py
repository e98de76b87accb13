import io
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from assets import BlobStoreFull, digest_of
from tests.studio.serving import Served, photo, serving, upload


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        yield server


def send(client: httpx.Client, data: bytes, name: str = "photo.jpg") -> httpx.Response:
    return client.post("/v1/assets", files={"file": (name, data)})


def test_an_upload_is_named_by_its_digest(served: Served) -> None:
    data = photo(seed=1)
    answer = send(served.client, data)
    assert answer.status_code == 201
    assert answer.json() == {
        "digest": digest_of(data),
        "media_type": "image/jpeg",
        "width_px": 400,
        "height_px": 300,
        "size_bytes": len(data),
        "url": f"/v1/assets/{digest_of(data)}",
    }
    fetched = served.client.get(answer.json()["url"])
    assert fetched.content == data
    assert fetched.headers["content-type"] == "image/jpeg"


def test_an_answered_upload_is_on_disk(served: Served) -> None:
    data = photo(seed=2)
    digest = upload(served.client, data)
    assert served.services.images.store.verify(digest).size_bytes == len(data)


def test_an_image_may_be_kept_for_ever(served: Served) -> None:
    digest = upload(served.client, photo(seed=3))
    first = served.client.get(f"/v1/assets/{digest}")
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["etag"] == f'"{digest}"'
    assert first.headers["x-content-type-options"] == "nosniff"
    again = served.client.get(
        f"/v1/assets/{digest}", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    head = served.client.head(f"/v1/assets/{digest}")
    assert (head.status_code, head.content) == (200, b"")


def test_an_image_that_is_shown_first_is_read_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = upload(served.client, photo(seed=7))
    store, reads = served.services.images.store, []
    read = store.read

    def counted(name: str) -> bytes:
        reads.append(name)
        return read(name)

    monkeypatch.setattr(store, "read", counted)
    first, again = (served.client.get(f"/v1/assets/{digest}") for _ in range(2))
    assert first.content == again.content == photo(seed=7)
    assert reads == [digest, digest]


def test_sizes_and_formats_are_made(served: Served) -> None:
    digest = upload(served.client, photo(seed=4))
    answer = served.client.get(f"/v1/assets/{digest}", params={"w": 120, "format": "webp"})
    assert answer.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (120, 90))
    assert answer.headers["etag"] == f'"{digest_of(answer.content)}"'


@pytest.mark.parametrize(
    ("data", "status", "kind", "said"),
    [
        (b"", 422, "image-unreadable", "the file is empty (0 bytes)"),
        (photo()[:900], 422, "image-unreadable", "save or export it again"),
        (b"hello there", 415, "format-unsupported", "a text file is not taken; convert it to"),
        (b"%PDF-1.7 ...", 415, "format-unsupported", "a PDF is not taken"),
        (b"glTF\2\0\0\0", 415, "format-unsupported", "a 3D model (GLB), of which only its renders"),
        (b"x" * 2_000_001, 413, "image-too-large", "the limit is 2,000,000 bytes"),
        (b"x" * 3_000_000, 413, "body-too-large", "the body is above the limit of 2,065,536"),
    ],
)
def test_a_bad_upload_is_refused_with_the_limit_and_the_fix(
    served: Served, data: bytes, status: int, kind: str, said: str
) -> None:
    answer = send(served.client, data)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:packshot:problem:{kind}"
    assert said in answer.json()["detail"]


def test_a_body_that_hides_its_length_is_cut_off(served: Served) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--edge\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 100_000

    answer = served.client.post(
        "/v1/assets",
        content=endless(),
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )
    assert answer.status_code == 413
    assert answer.json()["title"] == "Body too large"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("w=0", "use 1 to 8192 px"),
        ("w=9999", "use 1 to 8192 px"),
        ("w=wide", "query.w"),
        ("format=gif", "'jpeg', 'webp', 'avif' or 'png'"),
    ],
)
def test_impossible_renditions_are_refused(served: Served, query: str, said: str) -> None:
    digest = upload(served.client, photo(seed=5))
    answer = served.client.get(f"/v1/assets/{digest}?{query}")
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_an_image_whose_bytes_are_gone_tells_nothing_of_the_servers_folders(served: Served) -> None:
    digest = upload(served.client, photo(seed=6))
    home = Path(str(served.engine.url.database)).parent
    (kept,) = (path for path in home.rglob(f"*{digest[8:]}*") if path.is_file())
    kept.unlink()
    answer = served.client.get(f"/v1/assets/{digest}")
    assert answer.status_code == 404
    assert digest in answer.json()["detail"]
    assert str(home) not in answer.text


@pytest.mark.parametrize("name", ["xyz", "0" * 64, "..%2f..%2fetc%2fpasswd", "%00", "%ff"])
@pytest.mark.parametrize("end", ["", "/lineage"])
def test_what_is_not_there_is_not_found(served: Served, name: str, end: str) -> None:
    answer = served.client.get(f"/v1/assets/{name}{end}")
    assert answer.status_code == 404
    assert answer.json()["status"] == 404


def test_a_full_store_is_told_without_its_paths(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_data: bytes) -> None:
        raise BlobStoreFull(path="/secret/place", size_bytes=9)

    monkeypatch.setattr(served.services.images, "add_source", full)
    answer = send(served.client, photo(seed=6))
    assert answer.status_code == 507
    assert answer.json()["type"] == "urn:packshot:problem:blob-store-full"
    assert "/secret/place" not in answer.text


def test_many_may_upload_at_once(served: Served) -> None:
    digests: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: digests.append(upload(served.client, photo(seed=n))))
        for n in range(20, 28)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(digests) == sorted(digest_of(photo(seed=n)) for n in range(20, 28))


def test_a_shared_photo_of_each_kind_is_taken(served: Served, shared_data: Path) -> None:
    for path in sorted((shared_data / "photos").rglob("*"))[:12]:
        if path.suffix.lower() in {".jpg", ".png", ".webp"} and path.stat().st_size < 2_000_000:
            assert send(served.client, path.read_bytes(), path.name).status_code == 201
