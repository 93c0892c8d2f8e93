"""Images as data inside the page, each only once.

A figure stands in the gallery and, most often, in the notebook that drew it. The gallery then holds it as an SVG
``<image>`` with an id, and every other place shows it by ``<use>``, which needs no script and no second copy.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

from pynb_dag_runner.report.page.elements import Html, element
from pynb_dag_runner.report.page.limits import MOST_OF_ALL_FIGURES, MOST_OF_AN_IMAGE, Budget

IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
"""What a browser shows as a picture that cannot act: an SVG in ``<img>`` runs no script and loads nothing."""

_LARGEST_SIDE = 20_000


@dataclass
class _Shared:
    """An image that others may point to; ``uses`` counts how many do, ``is_placed`` whether it has been shown."""

    id: str
    size: tuple[int, int] | None
    uses: int = 0
    is_placed: bool = False


class Images:
    """All images of one page."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._shared: dict[str, _Shared] = {}
        self._of_figures = 0

    def share(self, content: bytes) -> bool:
        """Make room for a figure that the gallery will show; False where there is none."""
        shared = self._shared.get(_key(content))
        if shared is not None and shared.size is not None:
            shared.uses += 1
            return True
        if self._of_figures + len(content) > MOST_OF_ALL_FIGURES or not self._has_room(content):
            return False
        self._of_figures += len(content)
        self._shared[_key(content)] = _Shared(f"image-{len(self._shared) + 1}", _pixel_size(content))
        return True

    def figure(self, content: bytes, media_type: str, label: str) -> Html:
        """A figure of the gallery: at its first place so that the others can point there."""
        shared = self._shared[_key(content)]
        if not shared.uses or shared.size is None:
            return _img(_data_url(content, media_type), label)
        if shared.is_placed:
            return _drawing(element("use", href=f"#{shared.id}"), shared.size, label)
        shared.is_placed = True
        width, height = shared.size
        image = element("image", id=shared.id, href=_data_url(content, media_type), width=width, height=height)
        return _drawing(image, shared.size, label)

    def elsewhere(self, content: bytes, media_type: str, label: str, what: str) -> Html:
        """An image in a notebook or text: the figure itself where it is one."""
        shared = self._shared.get(_key(content))
        if shared is not None and shared.size is not None:
            shared.uses += 1
            return _drawing(element("use", href=f"#{shared.id}"), shared.size, label)
        if not self._has_room(content):
            return self.left_out(what, len(content))
        return _img(_data_url(content, media_type), label)

    def left_out(self, what: str, size_bytes: int) -> Html:
        """What stands in the place of an image that is too large."""
        is_large = size_bytes * 4 / 3 > MOST_OF_AN_IMAGE
        return self._budget.note(what, size_bytes, "more than one image may take" if is_large else "the page is full")

    def _has_room(self, content: bytes) -> bool:
        size = len(content) * 4 // 3
        return size <= MOST_OF_AN_IMAGE and self._budget.take(size)


def decoded(text: str) -> bytes | None:
    """The content of an image that a notebook holds as base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _key(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _data_url(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def _img(url: str, label: str) -> Html:
    return element("img", src=url, alt=label, class_="picture")


def _drawing(content: Html, size: tuple[int, int], label: str) -> Html:
    width, height = size
    box = f"0 0 {width} {height}"
    return element(
        "svg", content, class_="picture", viewBox=box, width=width, height=height, role="img", aria_label=label
    )


def _pixel_size(content: bytes) -> tuple[int, int] | None:
    """Width and height that the header of a PNG, GIF or JPEG tells; None for all else."""
    try:
        size = _header_size(content)
    except struct.error:
        return None
    return size if size and all(0 < side <= _LARGEST_SIDE for side in size) else None


def _header_size(content: bytes) -> tuple[int, int] | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack_from(">II", content, 16)
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a"):
        width, height = struct.unpack_from("<HH", content, 6)
        return width, height
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """From the start-of-frame segment; the segments before it are skipped."""
    at = 2
    while at + 4 <= len(content):
        marker, length = struct.unpack_from(">HH", content, at)
        if marker < 0xFF01 or length < 2:
            return None
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 2 + length
    return None
