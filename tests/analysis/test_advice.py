"""The adviser: each fault is found where it is made, measured rightly, and nowhere else."""

import io
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

import texturenet
from texturenet.analysis import symptoms
from texturenet.analysis.advice import TrainingPlan, advise, changes_of, scales_for, usual_waves
from texturenet.analysis.lighting import to_linear, to_srgb
from texturenet.commands.train import main as train_main
from texturenet.generator.architecture import Architecture
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture

VIEWS = tuple(Architecture.growing(scales, 8, 3).view for scales in range(1, 6))
PLAN = TrainingPlan(crop=None, side=256, size=128, scales=5, views=VIEWS)
CHOSEN = (0, 0, 320, 320)  # a crop that the user chose


def noise(seed=0, grain=9, side=320, channels=3):
    """A texture without a fault, its grain as large as nets like it."""
    torch.manual_seed(seed)
    picture = torch.rand(1, channels, side + grain - 1, side + grain - 1)
    smooth = F.avg_pool2d(picture, grain, 1)
    return (0.5 + (smooth - 0.5) * 0.2 / smooth.std()).clamp(0.01, 0.99)


def texts(picture, **plan):
    asked = TrainingPlan(**{**PLAN.__dict__, **plan})
    return [finding.text for finding in advise(picture, asked)]


def test_a_sound_exemplar_is_left_alone():
    assert advise(noise(), PLAN) == []
    for name in ("redbrick", "gravel", "pebbles", "lichen"):
        found = advise(load_picture(name).pixels, PLAN)
        assert changes_of(found) == {}, name


def test_waves_are_for_what_is_regular():
    """Unless said otherwise, training takes as many as are told here."""
    for name, count in {"weave": 4, "brick": 4, "gravel": 0, "grass": 0, "pebbles": 0}.items():
        picture = load_picture(name, side=256).pixels
        assert usual_waves(picture, 128) == count, name
    assert usual_waves(noise(), 128) == 0
    weave = load_picture("weave", side=256).pixels
    assert usual_waves(weave, 64) == 4
    assert usual_waves(weave, 32) == 0  # less than its period


def test_borders_are_found_to_the_pixel_and_cut_off():
    framed = F.pad(noise(), (7, 0, 12, 3), value=0.95)
    assert symptoms.inside_borders(framed) == (12, 7, 320, 320)
    (finding,) = advise(framed, PLAN)
    assert "a border of one colour surrounds 320x320" in finding.text
    assert finding.changes == {"picture.crop": [12, 7, 320, 320]}
    assert (
        advise(framed, TrainingPlan(CHOSEN, 256, 128, 5, VIEWS)) == []
    )  # a part was chosen: it is the user's
    flat = torch.full((1, 3, 64, 64), 0.5)
    assert symptoms.inside_borders(flat) == (0, 0, 64, 64)


def jpeg(picture, quality):
    bytes_ = (picture[0].permute(1, 2, 0) * 255).round().byte().numpy()
    data = io.BytesIO()
    Image.fromarray(bytes_).save(data, "JPEG", quality=quality)
    return (
        torch.tensor(list(Image.open(data).tobytes())).view(*bytes_.shape).permute(2, 0, 1)[None]
        / 255
    )


def test_blocks_of_jpeg_are_seen_by_their_quality():
    found = [symptoms.blockiness(jpeg(noise(grain=3), quality)) for quality in (95, 50, 20, 5)]
    assert found == sorted(found)
    assert found[0] < 0.3 < 1 < found[2]
    assert symptoms.blockiness(noise(grain=3)) < 0.1
    assert symptoms.blockiness(noise(side=9)) >= 0  # hardly a block


def test_blocks_are_shrunk_away_unless_they_already_are():
    blocky = jpeg(noise(grain=9), 5)
    found = [finding for finding in advise(blocky, PLAN) if "JPEG" in finding.text]
    assert found[0].changes == {"picture.side": 192}
    assert not [text for text in texts(blocky, side=150) if "JPEG" in text]
    small = [f for f in advise(blocky[..., :200, :200], PLAN) if "JPEG" in f.text]
    # Half as large, it would have too little to show.
    assert small[0].changes == {"picture.side": 192}
    large = jpeg(noise(grain=9, side=512), 5)
    assert changes_of(advise(large, replace(PLAN, side=512)))["picture.side"] == 256


@pytest.mark.parametrize("corner", [(3, 0), (0, 5), (7, 2)])
def test_blocks_are_found_wherever_a_crop_begins(corner):
    blocky = jpeg(noise(grain=9), 5)
    part = blocky[..., corner[0] :, corner[1] :]
    assert symptoms.blockiness(part, corner) == pytest.approx(symptoms.blockiness(blocky), rel=0.1)
    assert symptoms.blockiness(part, (corner[0] + 3, corner[1] + 3)) < 0.5
    asked = TrainingPlan((*corner, *part.shape[-2:]), 256, 128, 5, VIEWS)
    assert any("JPEG" in finding.text for finding in advise(part, asked))


def pixel_art(side, seed=3):
    """Five greys in no order."""
    levels = torch.tensor([96, 104, 110, 125, 140]) / 255
    drawn = torch.randint(0, 5, (1, 1, side, side), generator=torch.manual_seed(seed))
    return levels[drawn].expand(1, 3, side, side)


def enlarged(picture, size):
    return F.interpolate(picture, (size, size), mode="nearest-exact")


@pytest.mark.parametrize("times", [2, 3, 8])
def test_repeated_pixels_are_counted(times):
    whole = enlarged(pixel_art(40), 40 * times)
    assert symptoms.repeats(whole) == times
    assert symptoms.repeats(whole[..., 1:, times - 1 :]) == times, "wherever a crop begins"
    assert symptoms.repeats(F.interpolate(whole, (40 * times, 80 * times))) == times, "the least"
    assert symptoms.repeats(pixel_art(40)) == 1
    assert symptoms.repeats(whole[..., :1, :].expand(1, 3, 100, -1)) == 1, "stripes tell nothing"


def test_pixels_that_are_repeated_by_no_whole_number_are_counted():
    assert symptoms.repeats(enlarged(pixel_art(40), 100)) == pytest.approx(2.5, abs=0.05)


def test_blocks_with_nothing_inside_are_not_those_of_jpeg():
    """They are pixels; those of JPEG hold a pattern each."""
    art = enlarged(pixel_art(32), 256)
    assert symptoms.blockiness(art) == 0
    assert symptoms.repeats(jpeg(noise(), 5)) == 1
    assert symptoms.repeats(noise()) == 1
    (finding, *others) = advise(art, PLAN)
    assert "every pixel is repeated 8 times each way: it is a picture of 32x32" in finding.text
    assert "at its own size it is smaller than the 128 trained on" in finding.text
    assert finding.changes == {}
    assert not any("JPEG" in other.text for other in others)


def test_enlarged_pictures_are_taken_at_their_own_size(tmp_path):
    """Exactly, where the advice is followed, and then there is nothing to say any more."""
    own = pixel_art(200)
    finding = advise(enlarged(own, 800), PLAN)[0]
    assert finding.changes == {"picture.side": 200}
    path = save_picture(tmp_path / "art.png", enlarged(own, 800))
    followed = load_picture(str(path), side=200).pixels
    assert torch.equal(followed, own)
    plan = replace(PLAN, side=200)
    assert not any("repeated" in text for text in texts(enlarged(own, 800), side=200))
    assert not any("repeated" in finding.text for finding in advise(followed, plan))


def test_what_can_teach_nothing_gets_one_word():
    flat = torch.full((1, 3, 300, 300), 0.4)
    assert [f.text for f in advise(flat, PLAN)] == [
        "it is of one colour: there is nothing to be learnt from it"
    ]
    for shape in ((100, 300), (1, 400), (127, 127)):
        (finding,) = advise(noise()[..., : shape[0], :].repeat(1, 1, 1, 2)[..., : shape[1]], PLAN)
        assert finding.text == f"it has {shape[0]}x{shape[1]} pixels, fewer than the 128 trained on"
    framed = F.pad(noise(side=100), (90, 90, 90, 90), value=0.9)
    found = advise(framed, PLAN)
    assert "fewer than the 128 trained on" in found[0].text
    assert "picture.crop" not in changes_of(found)


def test_remedies_are_such_as_training_takes():
    """Scales only where the size is a multiple of their coarsest cell; no contradictions."""
    found = advise(load_picture("ihc").pixels, TrainingPlan(None, 256, 144, 5, VIEWS))
    assert "generator.scales" not in changes_of(found)
    found = advise(load_picture("ihc").pixels, PLAN)
    assert changes_of(found)["picture.side"] >= 1.5 * 128
    assert not any("what little" in finding.text for finding in found)


def test_low_contrast_and_clipping_are_told():
    faint = 0.5 + 0.2 * (noise() - 0.5)
    assert symptoms.contrast(faint) == pytest.approx(0.2 * symptoms.contrast(noise()), rel=0.01)
    assert f"contrast is low ({100 * symptoms.contrast(faint):.0f} %" in texts(faint)[0]
    burnt = (3 * (noise() - 0.5) + 0.5).clamp(0, 1)
    assert symptoms.clipped(burnt) > 0.1
    assert any("clipped" in text for text in texts(burnt))
    assert symptoms.clipped(noise()) == 0


def half_and_half():
    """Bright on the left, dark on the right."""
    left, right = noise(1) * 0.4 + 0.55, noise(2) * 0.4
    return torch.cat([left[..., :160], right[..., :480]], dim=-1).repeat(1, 1, 1, 1)


def test_what_is_not_the_same_everywhere_is_cut_to_what_is():
    picture = torch.cat([half_and_half(), noise(3)[..., :160] * 0.4], dim=-1)
    assert symptoms.drift(noise()) < 0.1
    assert symptoms.drift(picture) > 0.35
    finding = advise(picture, PLAN)[0]
    assert "does not look the same everywhere" in finding.text
    top, left, height, width = finding.changes["picture.crop"]
    assert left >= 130  # without the bright part, to a step of the search
    part = picture[..., top : top + height, left : left + width]
    assert symptoms.drift(part) < 0.6 * symptoms.drift(picture)
    assert height == width >= 128


@pytest.mark.parametrize("size", [(605, 806), (700, 523), (1025, 1034)])
def test_the_part_cut_out_lies_inside_the_picture(size):
    """Fading from the top: the steadiest part lies at the bottom."""
    height, width = size
    picture = noise(side=max(size))[..., :height, :width]
    fade = torch.linspace(1, -1, height).clamp(0, 1)[:, None]
    picture = (1 - 0.8 * fade) * picture
    (finding,) = [f for f in advise(picture, PLAN) if "picture.crop" in f.changes][:1]
    top, left, rows, columns = finding.changes["picture.crop"]
    assert rows == columns
    assert 0 <= top < top + rows <= height
    assert 0 <= left < left + columns <= width
    assert top > 0.1 * height


def test_a_slope_has_no_steadier_part_and_that_is_said():
    slope = (noise() * 0.2 + torch.linspace(0, 0.8, 320)).clamp(0, 1)
    found = [text for text in texts(slope) if "everywhere" in text]
    assert found
    assert "no part of it is much steadier" in found[0]


def test_grain_grows_with_the_structures():
    found = [symptoms.grain(noise(grain=g)) for g in (3, 9, 27)]
    assert found == pytest.approx([6, 16, 46], rel=0.25)


def test_large_structures_are_brought_down_and_small_ones_kept_large():
    large = advise(noise(grain=61, side=512), TrainingPlan(CHOSEN, 512, 128, 5, VIEWS))
    side = changes_of(large)["picture.side"]
    assert any("pixels large where 128 are trained on: smaller" in f.text for f in large)
    after = symptoms.grain(F.interpolate(noise(grain=61, side=512), size=(side, side), mode="area"))
    assert after * 2 <= 1.3 * 128
    small = advise(noise(grain=3, side=512), TrainingPlan(CHOSEN, 128, 128, 5, VIEWS))
    assert changes_of(small)["picture.side"] > 200
    assert any("detail is lost" in finding.text for finding in small)


def test_a_net_gets_as_many_scales_as_its_structures_need():
    lengths = [scales_for(length, VIEWS) for length in (1, 16, 32, 33, 64, 500)]
    assert lengths == sorted(lengths)
    assert scales_for(16, VIEWS) == 4
    assert scales_for(17, VIEWS) == 5
    assert VIEWS[3] == 4 * 16
    assert scales_for(500, VIEWS) == 5
    found = advise(noise(grain=31), TrainingPlan(CHOSEN, 256, 128, 4, VIEWS))
    assert changes_of(found)["generator.scales"] >= 5
    assert "generator.scales" not in changes_of(
        advise(noise(grain=3), TrainingPlan(CHOSEN, 256, 128, 6, VIEWS))
    )


def test_an_exemplar_hardly_larger_than_the_pictures_trained_on_is_told_of():
    assert any("repeat what little it has seen" in text for text in texts(noise(side=140)))
    assert not any("what little" in text for text in texts(noise()))


def test_a_regular_exemplar_is_told_with_its_period():
    assert texts(load_picture("brick").pixels)[0].startswith(
        "it is regular: it comes back 0 pixels down and 18 across"
    )


def test_a_slant_and_uneven_light_are_told_with_what_mends_them():
    found = advise(load_picture("brick").pixels, PLAN)
    assert any("lengths change by 48 % across it" in finding.text for finding in found)
    assert changes_of(found) == {"prepare.perspective": "mend"}
    even = load_picture("redbrick").pixels
    lit = to_srgb(to_linear(even) * torch.linspace(1, 0.6, even.shape[-1]))
    found = advise(lit, PLAN)
    assert any("its light is uneven: 6" in finding.text for finding in found)
    assert changes_of(found)["prepare.light"] == "even"


@pytest.fixture
def framed(tmp_path):
    path = tmp_path / "framed.png"
    save_picture(path, F.pad(noise(side=160), (8, 8, 8, 8), value=0.95)[0])
    return path


SHORT = [
    *("size=32", "batch=1", "steps=2", "generator.scales=2", "generator.widths=[4]", "device=cpu"),
    "log.score=false",
    *("descriptor=random_filters", "descriptor.filters.sides=[3]", "descriptor.filters.maps=4"),
]


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize(
    ("asked", "lines", "size"),
    [
        (["recipe=auto"], ["advice: a border", "followed: picture.crop=[8,8,160,160]"], "160x160"),
        ([], ["advice: a border"], "176x176"),
        (["advice=none"], [], "176x176"),
        (["recipe=auto", "picture.crop=[0,0,170,170]"], ["followed: picture.side"], "170x170"),
        (["recipe=auto", "picture.crop=[0,0,170,170]", "picture.side=256"], [], "170x170"),
    ],
)
def test_training_begins_with_what_is_found_and_follows_it_when_asked(
    framed, tmp_path, capsys, asked, lines, size
):
    assert train_main([f"exemplar={framed}", f"out={tmp_path}/run", *SHORT, *asked]) == 0
    printed = capsys.readouterr().out
    for words in lines:
        assert words in printed
    if not lines:
        assert "a border" not in printed
    assert f"exemplar framed: {size}" in printed or f"cropped to {size}" in printed
    assert ("followed:" in printed) == any("followed" in words for words in lines)


def advice_printed(cli, *asked):
    status, out, err = cli("advise", *asked)
    assert status == 0, err
    return out


def test_the_command_tells_what_to_train_with_and_its_options_matter(cli, framed):
    plain = advice_printed(cli, f"exemplar={framed}", "threads=1")
    assert "advice: a border of one colour surrounds 160x160" in plain
    assert f"texturenet train exemplar={framed} 'picture.crop=[8,8,160,160]'" in plain
    for change in ("picture.crop=[10,10,150,150]", "picture.side=100", "size=64"):
        assert advice_printed(cli, f"exemplar={framed}", change) != plain
    more = advice_printed(cli, "exemplar=ihc", "generator.scales=3")
    assert "generator.scales=5" in more
    assert "generator.scales=5)" not in advice_printed(cli, "exemplar=ihc", "generator.scales=6")
    assert "nothing stands in the way" in advice_printed(cli, "exemplar=gravel")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["exemplar=absent.png"], "no exemplar 'absent.png'"),
        (["exemplar=gravel", "size=0"], "size is 0"),
        (["exemplar=gravel", "generator.scales=99"], "scales is 99"),
        (["exemplar=gravel", "picture.side=0"], "picture.side is 0"),
        (["exemplar=gravel", "threads=0"], "threads is 0"),
        (["exemplar=gravel", "steps=9"], "no option 'steps'"),
    ],
)
def test_refusals_are_one_line_with_status_2(cli, asked, words):
    status, _, err = cli("advise", *asked)
    assert status == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_a_word_that_advice_does_not_know_is_refused(cli, small):
    status, _, err = cli("train", *small, "advice=maybe")
    assert (status, "advice is 'maybe'" in err) == (2, True)


def test_from_python_findings_come_with_what_mends_them(framed):
    (finding,) = texturenet.advise(str(framed))[:1]
    assert "a border" in finding.text
    assert finding.changes == {"picture.crop": [8, 8, 160, 160]}
    assert texturenet.advise("gravel", size=96) == []
    with pytest.raises(texturenet.Refused, match="size is 0"):
        texturenet.advise("gravel", size=0)


def test_from_python_advice_takes_the_threads_that_are_asked_for(framed):
    try:
        texturenet.advise(str(framed), threads=2)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
