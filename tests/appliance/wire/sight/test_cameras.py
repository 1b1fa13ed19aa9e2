from pathlib import Path

import pytest

from appliance.wire.sight.cameras import (
    MAX_CAMERAS,
    MAX_NAME,
    AttachedCamera,
    attached_cameras,
    camera_numbered,
    number_now,
)

HD = AttachedCamera(0, "HD Webcam")


def plug_in(kernel: Path, number: int, name: bytes, index: str = "0") -> None:
    node = kernel / f"video{number}"
    node.mkdir()
    (node / "name").write_bytes(name + b"\n")
    (node / "index").write_text(f"{index}\n")


def test_lists_cameras_by_number_and_leaves_out_nodes_without_pictures(tmp_path: Path) -> None:
    plug_in(tmp_path, 10, b"Document camera")
    plug_in(tmp_path, 0, b"HD Webcam")
    plug_in(tmp_path, 1, b"HD Webcam", index="1")
    (tmp_path / "v4l-subdev0").mkdir()
    assert attached_cameras(tmp_path) == (HD, AttachedCamera(10, "Document camera"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (b"\x1b[2J\xe2\x80\xae\xff", "?[2J????"),
        (b"x" * 1000, "x" * MAX_NAME),
        (b"", "camera 3"),
    ],
)
def test_a_name_is_foreign_text(tmp_path: Path, name: bytes, told: str) -> None:
    plug_in(tmp_path, 3, name)
    (camera,) = attached_cameras(tmp_path)
    assert camera.name == told
    assert camera.name.isascii()
    assert camera.name.isprintable()


def test_there_are_only_so_many(tmp_path: Path) -> None:
    for number in range(40):
        plug_in(tmp_path, number, b"camera")
    assert len(attached_cameras(tmp_path)) == MAX_CAMERAS


def test_without_the_kernels_folder_there_is_none(tmp_path: Path) -> None:
    assert attached_cameras(tmp_path / "none") == ()


def test_a_camera_is_found_again_under_another_number() -> None:
    moved = (AttachedCamera(1, "Document camera"), AttachedCamera(2, "HD Webcam"))
    assert number_now(HD, (HD, *moved)) == 0
    assert number_now(HD, moved) == 2
    assert number_now(HD, moved[:1]) == 0
    assert camera_numbered(2, moved).name == "HD Webcam"
    assert number_now(camera_numbered(7, moved), moved) == 7
