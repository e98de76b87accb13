"""OpenEXR as a source: linear light, premultiplied alpha, passes, and files that are wrong."""

import struct
from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import ImageTooLarge, ImageTransparent, ImageUnreadable
from pipelines.imaging.colour import to_linear
from pipelines.imaging.decode import decode
from pipelines.imaging.opening import DecodeLimits
from pipelines.imaging.view import View
from tests.pipelines.exr_making import box_planes, write_exr, write_parts

LINEAR = (0.5, 0.2, 0.05)
SHOWN = (188, 124, 63)
"""LINEAR on sRGB's curve (IEC 61966-2-1), reckoned by hand."""
MIDDLE = (32, 32)


def test_linear_light_is_shown_by_the_srgb_curve(tmp_path: Path) -> None:
    source = decode(write_exr(tmp_path, box_planes(rgb=LINEAR)), name="box.exr")
    assert source.format == "EXR"
    assert tuple(source.rgb[MIDDLE]) == SHOWN
    assert source.alpha is not None
    assert (source.alpha[MIDDLE], source.alpha[0, 0]) == (1, 0)
    assert any("sRGB curve" in note for note in source.notes)


def test_premultiplied_colour_is_freed_of_its_alpha(tmp_path: Path) -> None:
    source = decode(write_exr(tmp_path, box_planes(rgb=LINEAR, cover=0.25)), name="glass.exr")
    assert tuple(source.rgb[MIDDLE]) == SHOWN
    assert source.alpha is not None
    assert source.alpha[MIDDLE] == pytest.approx(0.25, abs=1e-6)


def test_half_floats_are_as_good(tmp_path: Path) -> None:
    planes = {name: plane.astype(np.float16) for name, plane in box_planes(rgb=LINEAR).items()}
    assert tuple(decode(write_exr(tmp_path, planes), name="half.exr").rgb[MIDDLE]) == SHOWN


def test_exposure_and_the_soft_curve(tmp_path: Path) -> None:
    data = write_exr(tmp_path, box_planes(rgb=(0.25, 0.1, 3.0)))
    plain = decode(data, name="a.exr").rgb[MIDDLE]
    brighter = decode(data, name="a.exr", view=View(exposure_ev=1)).rgb[MIDDLE]
    assert tuple(brighter)[:2] == (188, 124)
    assert plain[2] == 255
    soft = decode(data, name="a.exr", view=View(tone="soft")).rgb[MIDDLE]
    assert tuple(soft)[:2] == tuple(plain)[:2]  # below the knee the curves are one
    assert 250 <= soft[2] <= 255


def test_the_soft_curve_rises_everywhere_and_never_clips() -> None:
    from pipelines.imaging.view import shown

    ramp = np.linspace(0, 1.5, 400, dtype=np.float32)
    grey = np.repeat(ramp[None, :, None], 3, axis=2)
    values = shown(grey, View(tone="soft"))[0, :, 0].astype(int)
    assert (np.diff(values) >= 0).all()
    assert values[-1] < 255
    standard = shown(grey, View())[0, :, 0]
    assert (values[ramp < 0.8] == standard[ramp < 0.8]).all()


def test_named_layers_of_blender(tmp_path: Path) -> None:
    planes = {f"ViewLayer.Combined.{key}": value for key, value in box_planes(rgb=LINEAR).items()}
    side = np.ones((64, 64), np.float32)
    planes |= {f"ViewLayer.Shadow Catcher.{key}": side * 0.75 for key in "RGB"}
    planes |= {"ViewLayer.Depth.Z": side * 2, "ViewLayer.Normal.X": side}
    source = decode(write_exr(tmp_path, planes), name="b.exr")
    assert tuple(source.rgb[MIDDLE]) == SHOWN
    assert source.shadow is not None
    assert source.shadow[0, 0] == pytest.approx(0.75)
    assert any("ViewLayer.Depth" in note for note in source.notes)


def test_passes_in_parts_of_their_own(tmp_path: Path) -> None:
    shadow = np.full((64, 64), 0.4, np.float32)
    data = write_parts(tmp_path, [("rgba", box_planes(rgb=LINEAR)), ("shadow", {"Y": shadow})])
    source = decode(data, name="parts.exr")
    assert tuple(source.rgb[MIDDLE]) == SHOWN
    assert source.shadow is not None
    assert source.shadow[3, 3] == pytest.approx(0.4)


def test_object_ids_take_the_catchers_shadow_out_of_alpha(tmp_path: Path) -> None:
    planes = box_planes(rgb=LINEAR)
    ids = (planes["A"] > 0).astype(np.float32)
    planes["A"] = np.maximum(planes["A"], np.float32(0.3))  # a shadow all over the floor
    data = write_exr(tmp_path, planes | {"ViewLayer.IndexOB.X": ids})
    source = decode(data, name="ids.exr")
    assert source.alpha is not None
    assert (source.alpha[5, 5], source.alpha[MIDDLE]) == (0, 1)


def test_the_display_window_is_the_picture(tmp_path: Path) -> None:
    planes = {
        name: np.ascontiguousarray(plane[:40, :50])  # the library writes no views
        for name, plane in box_planes(rgb=LINEAR).items()
    }
    corners = {
        "dataWindow": (np.array([10, 20], np.int32), np.array([59, 59], np.int32)),
        "displayWindow": (np.array([0, 0], np.int32), np.array([99, 79], np.int32)),
    }
    source = decode(write_exr(tmp_path, planes, **corners), name="window.exr")
    assert source.rgb.shape == (80, 100, 3)
    assert source.alpha is not None
    rows, columns = np.nonzero(source.alpha)
    assert (rows.min(), columns.min()) == (20 + 16, 10 + 16)


def test_wider_primaries_are_brought_to_srgb(tmp_path: Path) -> None:
    """White stays white from any primaries; ACEScg's red is out of sRGB and clips to red."""
    ap1 = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)
    white = write_exr(tmp_path, box_planes(rgb=(0.5, 0.5, 0.5)), chromaticities=ap1)
    assert np.ptp(decode(white, name="w.exr").rgb[MIDDLE].astype(int)) <= 1
    red = write_exr(tmp_path, box_planes(rgb=(0.5, 0.0, 0.0)), chromaticities=ap1)
    shown = decode(red, name="r.exr").rgb[MIDDLE]
    assert shown[0] > 188
    assert tuple(shown[1:]) == (0, 0)


def test_what_no_display_shows_is_made_harmless_and_told(tmp_path: Path) -> None:
    planes = box_planes(rgb=LINEAR)
    planes["R"][30, 30], planes["R"][30, 31] = np.nan, np.inf
    planes["G"][30, 30], planes["G"][28:36, 33:40] = -4.0, 1e30
    planes["A"][10, 10] = np.nan
    planes["A"][32, 33] = 7.0
    source = decode(write_exr(tmp_path, planes), name="odd.exr")
    assert tuple(source.rgb[30, 30, :2]) == (0, 0)
    assert source.rgb[30, 31, 0] == 255
    assert source.rgb[30, 33, 1] == 255
    assert source.alpha is not None
    assert np.isfinite(source.alpha).all()
    assert source.alpha.max() == 1
    notes = " ".join(source.notes)
    assert "no number or infinite" in notes
    assert "above 1" in notes
    assert "brighter than white" in notes


def test_without_alpha_there_is_none(tmp_path: Path) -> None:
    planes = box_planes()
    del planes["A"]
    assert decode(write_exr(tmp_path, planes), name="rgb.exr").alpha is None
    opaque = box_planes() | {"A": np.ones((64, 64), np.float32)}
    assert decode(write_exr(tmp_path, opaque), name="opaque.exr").alpha is None


def test_grey_is_a_picture(tmp_path: Path) -> None:
    source = decode(write_exr(tmp_path, {"Y": np.full((64, 64), 0.5, np.float32)}), name="y.exr")
    assert tuple(source.rgb[0, 0]) == (188, 188, 188)


def test_nothing_to_see_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageTransparent):
        decode(write_exr(tmp_path, box_planes(cover=0.0)), name="none.exr")


def test_without_a_colour_layer_the_channels_are_named(tmp_path: Path) -> None:
    data = write_exr(tmp_path, {"ViewLayer.Depth.Z": np.ones((64, 64), np.float32)})
    with pytest.raises(ImageUnreadable, match=r"ViewLayer\.Depth\.Z.*R, G, B"):
        decode(data, name="depth.exr")


def test_two_layers_that_could_be_the_picture_are_not_guessed(tmp_path: Path) -> None:
    side = np.ones((64, 64), np.float32)
    planes = {f"{layer}.{key}": side for layer in ("fill", "rim") for key in "RGB"}
    with pytest.raises(ImageUnreadable, match="no colour layer"):
        decode(write_exr(tmp_path, planes), name="two.exr")


@pytest.mark.parametrize("keep", [4, 60, 200, 0.5, 0.98])
def test_a_file_that_is_cut_off_is_refused(
    tmp_path: Path, keep: float, capfd: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(1).random((64, 64)).astype(np.float32)
    data = write_exr(tmp_path, dict.fromkeys("RGBA", noise))
    short = data[: int(keep if keep > 1 else keep * len(data))]
    with pytest.raises(ImageUnreadable, match=r"cut\.exr"):
        decode(short, name="cut.exr")
    assert capfd.readouterr().out == ""  # what programs read stays clean


def test_a_header_that_claims_too_much_is_refused_before_a_pixel_is_read(tmp_path: Path) -> None:
    data = bytearray(write_exr(tmp_path, box_planes()))
    for window in (b"dataWindow\0box2i\0", b"displayWindow\0box2i\0"):
        at = data.index(window) + len(window) + 4
        data[at : at + 16] = struct.pack("<4i", 0, 0, 60_000, 60_000)
    with pytest.raises((ImageTooLarge, ImageUnreadable)) as caught:
        decode(bytes(data), name="huge.exr")
    assert "huge.exr" in str(caught.value)
    with pytest.raises(ImageTooLarge, match="64 x 64 px"):
        decode(write_exr(tmp_path, box_planes()), name="b.exr", limits=DecodeLimits(max_side_px=50))


def test_deep_files_are_refused_by_name(tmp_path: Path) -> None:
    data = write_exr(tmp_path, box_planes())
    deep = data.replace(
        b"type\0string\0\x0d\0\0\0scanlineimage", b"type\0string\0\x0c\0\0\0deepscanline"
    )
    deep = deep[:4] + struct.pack("<i", 2 | 0x800) + deep[8:]
    with pytest.raises(ImageUnreadable, match=r"deep\.exr"):
        decode(deep, name="deep.exr")


def test_the_curve_is_its_own_inverse(tmp_path: Path) -> None:
    """Display values that are made linear and rendered come back as they were."""
    values = np.arange(256, dtype=np.uint8)
    picture = np.repeat(np.tile(values, (64, 1))[..., None], 3, axis=2)
    linear = to_linear(picture)
    planes = {key: np.ascontiguousarray(linear[..., at]) for at, key in enumerate("RGB")}
    assert (decode(write_exr(tmp_path, planes), name="r.exr").rgb == picture).all()
