"""Take the pictures of the README: the queue and an applicant's status page of the demonstration."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
PASSWORD = "a made up district"  # noqa: S105 - of the demonstration, printed on its sign-in page
PAGES = {
    "queue": ("cora.coordinator@district.example", "/desk/queue", None, 1000),
    "status": ("lena@lemonade-law.example", "/apply", "main ul.cards a", 1000),
}


def main(url: str) -> None:
    """Save one picture per page."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (address, path, link, height) in PAGES.items():
            page = browser.new_page(base_url=url, viewport={"width": 1280, "height": height})
            page.goto("/sign-in")
            page.get_by_label("E-mail address").fill(address)
            page.get_by_label("Password").fill(PASSWORD)
            page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
            page.goto(path)
            if link:
                page.locator(link).first.click()
            page.wait_for_load_state()
            page.screenshot(path=IMAGES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
