"""The pictures of the README, taken from a fresh site with its demo data: `python tests/browser/pictures.py [folder]`."""

from __future__ import annotations

import base64
import struct
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from browser_site import DESKTOP, PHONE, PLAN, Site, running, sign_in
from playwright.sync_api import Browser, sync_playwright

from conftest import CHROMIUM, FLAGS

# the colours of a picture, read by the browser itself
PIXELS = """async (source) => {
  const image = await createImageBitmap(await (await fetch(source)).blob())
  const canvas = new OffscreenCanvas(image.width, image.height)
  canvas.getContext('2d').drawImage(image, 0, 0)
  const data = canvas.getContext('2d').getImageData(0, 0, image.width, image.height).data
  let text = ''
  for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768))
  return [image.width, image.height, btoa(text)]
}"""
MOST = 300_000  # bytes of one picture
TALL = {"width": 1366, "height": 900}
FIRM = "/enterprises/certificates/expiring/"
ROW = "table.ledger tbody th a"
# name, account, language, address, the link to follow from there, window, theme
PICTURES: tuple[tuple[str, str, str, str, str, dict[str, int], str], ...] = (
    ("plan", "leader", "zh-hans", "/", "", DESKTOP, "light"),
    ("plan-en", "leader", "en", "/", "", DESKTOP, "light"),
    ("plan-dark", "leader", "zh-hans", "/", "", DESKTOP, "dark"),
    ("plan-phone", "leader", "zh-hans", "/", "", PHONE, "light"),
    ("indicator", "plan-office", "zh-hans", f"{PLAN}indicator/high-tech-firms/", "", TALL, "light"),
    ("figure", "plan-office", "zh-hans", "/figures/high_tech_ever/?period=2025", "", DESKTOP, "light"),
    ("contradictions", "plan-office", "zh-hans", f"{PLAN}contradictions/", "", TALL, "light"),
    ("enterprise", "enterprise-officer", "zh-hans", FIRM, ROW, TALL, "light"),
    ("cultivation", "science-officer", "zh-hans", "/cultivation/poolentry/?state=screening", ROW, TALL, "light"),
    ("screen", "leader", "zh-hans", "/screen/", "", {"width": 1280, "height": 720}, "dark"),
    ("lake", "lake-officer", "zh-hans", "/lake/", "", DESKTOP, "light"),
    ("air", "air-officer", "zh-hans", "/air/", "", DESKTOP, "light"),
    ("portal", "", "zh-hans", "/portal/", "", DESKTOP, "light"),
)


def take(browser: Browser, site: Site, folder: Path, *picture: Any) -> None:
    """Take one picture; a file larger than MOST is refused."""
    name, account, language, address, link, size, theme = picture
    context = browser.new_context(
        base_url=site.url,
        viewport=size,
        color_scheme=theme,
        reduced_motion="reduce",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    page = context.new_page()
    if account:
        sign_in(page, account, site.passwords[account])
        page.wait_for_load_state()
    page.goto(address)
    if link:
        page.locator(link).first.click()
    page.wait_for_load_state("networkidle")
    path = folder / f"{name}.png"
    path.write_bytes(lighter(browser, page.screenshot()))
    context.close()
    if path.stat().st_size > MOST:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {MOST}")


def lighter(browser: Browser, picture: bytes) -> bytes:
    """The same picture in 256 colours: the commonest that are not too like one another; every other becomes the nearest."""
    page = browser.new_page()
    width, height, text = page.evaluate(PIXELS, "data:image/png;base64," + base64.b64encode(picture).decode())
    page.close()
    pixels = np.frombuffer(base64.b64decode(text), np.uint8).reshape(-1, 4)[:, :3]
    packed = (pixels.astype(np.uint32) << np.array((16, 8, 0), np.uint32)).sum(1)
    colours, place, counts = np.unique(packed, return_inverse=True, return_counts=True)
    rgb = np.stack([(colours >> shift) & 255 for shift in (16, 8, 0)], 1).astype(np.int32)
    palette = _apart(rgb[np.argsort(-counts)])
    near = np.concatenate([((part[:, None] - palette) ** 2).sum(2).argmin(1) for part in np.array_split(rgb, 64)])
    rows = near[place].astype(np.uint8).reshape(height, width)
    return _png(width, height, palette.astype(np.uint8).tobytes(), rows)


def _apart(colours: Any, most: int = 256, least: int = 40) -> Any:
    """The first colours of a list whose squared distance from each one before is no less than `least`."""
    chosen = colours[:1]
    for colour in colours[1:]:
        if len(chosen) == most:
            break
        if ((chosen - colour) ** 2).sum(1).min() >= least:
            chosen = np.concatenate([chosen, colour[None]])
    return chosen


def _png(width: int, height: int, palette: bytes, rows: Any) -> bytes:
    """A PNG (ISO/IEC 15948) of palette indices, unfiltered."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], 1).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = (
        chunk(b"IHDR", head) + chunk(b"PLTE", palette) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + body


def main(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, running(Path(home) / "home") as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for picture in PICTURES:
            take(browser, site, folder, *picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs" / "images")
