"""What several stories do on a page."""

from __future__ import annotations


def press(page, text):
    """A move's button, then the button of the page that says what follows."""
    page.click(f"main a:has-text('{text}') >> nth=0")
    page.click("main form button.button-primary")
    page.wait_for_load_state()


def a_picture(tmp_path):
    """The path of a photo that can be uploaded."""
    from niangjia.commons.people.corrections.testing import a_photo

    path = tmp_path / "photo.png"
    path.write_bytes(a_photo().read())
    return str(path)
