from __future__ import annotations

import struct

import pytest
from report_page import CheckedPage, png

from pynb_dag_runner.report.page import images as module
from pynb_dag_runner.report.page.images import Images, decoded
from pynb_dag_runner.report.page.limits import MOST_OF_ALL_FIGURES, MOST_OF_AN_IMAGE, Budget

JPEG = b"\xff\xd8\xff\xe0" + struct.pack(">H", 4) + b"xx" + b"\xff\xc0" + struct.pack(">HBHH", 11, 8, 30, 40) + b"x" * 9
GIF = b"GIF89a" + struct.pack("<HH", 7, 9) + b"x" * 9


@pytest.mark.parametrize(("content", "media_type", "size"), [(JPEG, "jpeg", (40, 30)), (GIF, "gif", (7, 9))])
def test_that_a_figure_in_its_notebook_is_there_once(content: bytes, media_type: str, size: tuple[int, int]) -> None:
    images = Images(Budget())
    assert images.share(content)
    in_notebook = images.elsewhere(content, f"image/{media_type}", "cell 3", "image of cell 3")
    in_gallery = images.figure(content, f"image/{media_type}", "loss.png of train")
    page = CheckedPage(f"<body>{in_gallery}{in_notebook}</body>")
    (image,) = page.all("image")
    (use,) = page.all("use")
    assert use["href"] == f"#{image['id']}"
    assert (int(image["width"]), int(image["height"])) == size
    assert [svg["aria-label"] for svg in page.all("svg")] == ["loss.png of train", "cell 3"]


def test_that_a_figure_of_its_own_is_an_ordinary_image() -> None:
    images = Images(Budget())
    assert images.share(png())
    assert images.figure(png(), "image/png", '"><b>').startswith('<img src="data:image/png;base64,iVBOR')


def test_that_two_equal_figures_are_there_once() -> None:
    images = Images(Budget())
    assert images.share(png())
    assert images.share(png())
    html = images.figure(png(), "image/png", "a") + images.figure(png(), "image/png", "b")
    assert html.count("base64") == 1
    assert CheckedPage(f"<p>{html}</p>").all("use")


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG", b"\xff\xd8\xff", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, b"x"]
)
def test_that_damaged_images_do_no_harm(content: bytes) -> None:
    images = Images(Budget())
    assert images.share(content)
    images.elsewhere(content, "image/png", "a", "a")
    assert images.figure(content, "image/png", "a").startswith("<img")


def test_that_too_large_an_image_is_named_with_its_size() -> None:
    budget = Budget()
    images = Images(budget)
    large = png(padding=MOST_OF_AN_IMAGE)
    assert not images.share(large)
    note = images.elsewhere(large, "image/png", "a", "image of <cell> 3")
    assert "Left out: image of &lt;cell&gt; 3, 1.9 MiB, more than one image may take" in note
    assert budget.left_out == [("image of <cell> 3", len(large))]


def test_that_figures_leave_room_for_notebooks() -> None:
    images = Images(Budget())
    taken = [images.share(png(shade=shade, padding=1_000_000)) for shade in range(5)]
    assert taken == [True, True, False, False, False]
    assert MOST_OF_ALL_FIGURES < 4_000_000
    assert images.elsewhere(png(shade=9), "image/png", "a", "a").startswith("<img")


def test_that_only_base64_is_an_image() -> None:
    assert decoded("aGVs\nbG8=") == b"hello"
    assert decoded("<svg>") is None
    assert decoded("é") is None
    assert module.IMAGE_TYPES == ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
