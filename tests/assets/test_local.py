import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assets import BlobStoreFull, BlobStoreUnwritable, LocalBlobs, digest_of

DATA = b"some bytes"
DIGEST = digest_of(DATA)


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_blob_is_one_read_only_file_under_its_digest(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    blobs.write(DIGEST, DATA)
    assert everything_in(tmp_path) == [blobs.path(DIGEST)]
    assert blobs.path(DIGEST).stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def no_room(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", no_room)
    blobs = LocalBlobs(tmp_path)
    with pytest.raises(BlobStoreFull, match="no room for 10 bytes at") as failure:
        blobs.write(DIGEST, DATA)
    assert failure.value.path == str(blobs.path(DIGEST))
    assert everything_in(tmp_path) == []
    assert not blobs.exists(DIGEST)


def test_a_file_size_limit_of_the_process_is_a_full_store(tmp_path: Path) -> None:
    """A real refusal by the kernel, in a process of its own."""
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from assets import BlobStoreFull, LocalBlobs, digest_of\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "data = b'x' * 5000\n"
        "try: LocalBlobs(Path(sys.argv[1])).write(digest_of(data), data)\n"
        "except BlobStoreFull as full: print(full.size_bytes)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "5000\n"
    assert everything_in(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BlobStoreUnwritable, match="make the folder writable or choose another"):
        LocalBlobs(tmp_path / "file" / "blobs").write(DIGEST, DATA)


def test_a_read_only_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_args: object, **_options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", forbidden)  # permissions do not bind a root user
    with pytest.raises(BlobStoreUnwritable, match="Permission denied") as failure:
        LocalBlobs(tmp_path / "blobs").write(DIGEST, DATA)
    assert failure.value.path.startswith(str(tmp_path))


def test_a_writer_killed_midway_leaves_no_blob_and_its_part_is_cleared(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from assets import LocalBlobs, digest_of\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "LocalBlobs(Path(sys.argv[1])).write(digest_of(b'some bytes'), b'some bytes')\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    blobs = LocalBlobs(tmp_path)
    assert not blobs.exists(DIGEST)
    (part,) = everything_in(tmp_path)
    written_s = part.stat().st_mtime
    assert blobs.remove_parts(before_s=written_s - 1) == 0
    assert blobs.remove_parts(before_s=written_s + 1) == 1
    blobs.write(DIGEST, DATA)
    assert blobs.read(DIGEST) == DATA
