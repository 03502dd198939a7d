"""The work of script/screenshots; see there."""

import os
import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "var/screenshots"
PAGES = ["/", "/search/", "/help/", "/help/prices/", "/help/cancelling/", "/sign/login/"]
PAGES += ["/sign/signup/", "/status/", "/no-such-page/"]
WIDTHS = {390: 844, 1280: 900}
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main() -> None:
    base, paths = sys.argv[1].rstrip("/"), sys.argv[2:] or PAGES
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        state = _signed_in(browser, base)
        for width, height in WIDTHS.items():
            for theme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=theme,
                    locale="en-GB",
                    storage_state=state,
                )
                page = context.new_page()
                for path in paths:
                    page.goto(base + path, wait_until="networkidle")
                    _load_every_image(page)
                    target = FOLDER / f"{_name(path)}-{width}-{theme}.png"
                    page.screenshot(path=target, full_page=True)
                    sys.stdout.write(f"{target}\n")
                context.close()
        browser.close()


def _signed_in(browser, base: str) -> dict | None:
    """Cookies of a session, where EMAIL and PASSWORD are given."""
    if not os.environ.get("EMAIL"):
        return None
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{base}/sign/login/")
    page.fill("[name=login]", os.environ["EMAIL"])
    page.fill("[name=password]", os.environ["PASSWORD"])
    page.click("main form [type=submit]")
    page.wait_for_load_state("networkidle")
    if "/sign/" in page.url:
        sys.exit(f"Signing in as {os.environ['EMAIL']} did not work: see {page.url}")
    return context.storage_state()


def _load_every_image(page: Page) -> None:
    page.evaluate(
        """async () => {
            document.querySelectorAll('img').forEach(image => { image.loading = 'eager'; });
            await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
        }"""
    )


def _name(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"


if __name__ == "__main__":
    main()
