import re
import subprocess
import sys
from datetime import date, time
from pathlib import Path

import pytest
from django.template import engines
from django.test import RequestFactory

from niangjia.kernel import clock
from niangjia.kernel.machine import Machine, Move, State
from niangjia.kernel.text import _
from niangjia.platform.web import dates, icons, tones
from niangjia.platform.web.parts import Fact, MoveButton, Step, TimelineEntry

PACKAGE = Path(__file__).resolve().parents[3]
STATIC = PACKAGE / "platform" / "web" / "static"
MACHINE = Machine(
    "web.sample", 1, _("样本"), "open", _("提出"), "waiting",
    (State("waiting", _("等待")), State("approved", _("同意")), State("odd", _("奇怪"))),
    (Move("approve", ("waiting",), "approved", _("同意")), Move("turn", ("waiting",), "odd", _("转"))),
)  # fmt: skip


def draw(source: str, **context: object) -> str:
    return str(engines["django"].from_string(source).render(context, RequestFactory().get("/x/?a=1&page=2")))


@pytest.mark.parametrize(("state", "tone"), [("waiting", "info"), ("approved", "good"), ("odd", "info")])
def test_a_state_always_shows_icon_word_and_colour(state: str, tone: str) -> None:
    html = draw("{% status one %}", one=tones.status_of(MACHINE, state))
    assert f"status-{tone}" in html
    assert f"#{tones.ICONS[tone]}" in html
    assert str(MACHINE.state(state).label) in html


def test_days_of_a_summary_stand_in_the_style_of_their_page() -> None:
    rows = [Fact("day", date(2026, 1, 9)), Fact("at", clock.moment(date(2026, 1, 9), time(8, 5))), Fact("none", None)]
    with dates.style("iso"):
        assert re.findall("<dd>(.*?)</dd>", draw("{% facts rows %}", rows=rows)) == [
            "2026-01-09", "2026-01-09 08:05", "—",
        ]  # fmt: skip
    assert "2026年1月9日 08:05" in draw("{% facts rows %}", rows=rows)


def test_a_tone_can_be_fixed_where_words_mislead_but_not_for_unknown_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tones, "_own", {})
    tones.register(MACHINE, {"odd": "bad"})
    assert tones.status_of(MACHINE, "odd").tone == "bad"
    with pytest.raises(ValueError, match=r"web\.sample"):
        tones.register(MACHINE, {"gone": "bad"})


def test_an_unknown_icon_becomes_a_dot_and_breaks_no_page() -> None:
    assert "icons.svg#point" in draw('{% icon "no-such-icon" %}')
    assert 'aria-label="通知"' in draw('{% icon "bell" "通知" %}')


def test_a_grey_button_is_no_link_and_says_why() -> None:
    html = draw("{% moves b %}", b=[MoveButton("同意", "/go/"), MoveButton("退回", "/no/", refusal="只有街道能退回。")])
    assert 'href="/go/"' in html
    assert "/no/" not in html
    assert 'aria-describedby="move-why-1"' in html
    assert "只有街道能退回。" in html


def test_grey_buttons_with_one_reason_stand_together_with_it() -> None:
    grey = [MoveButton(label, "/no/", refusal=why) for label, why in (("退", "甲"), ("转", "乙"), ("停", "甲"))]
    html = draw("{% moves b %}", b=grey)
    assert html.count("甲") == html.count("乙") == 1
    assert re.findall(r'describedby="(.*?)">(.)', html) == [
        ("move-why-1", "退"),
        ("move-why-1", "停"),
        ("move-why-2", "转"),
    ]


def test_links_of_a_list_keep_the_rest_of_the_address() -> None:
    assert draw("{% query page=3 %}") == "?a=1&amp;page=3"
    assert draw('{% query a="" page=None %}') == "?"


def test_user_text_in_parts_is_escaped() -> None:
    html = draw("{% timeline e %}", e=[TimelineEntry("<b>x</b>", detail="<i>y</i>")])
    assert "<b>x" not in html
    assert "<i>y" not in html
    assert "&quot;" in draw('<p data-chart="{{ d|as_json }}">', d={"a": "\"'><"})


def test_steps_know_which_is_done_and_which_is_now() -> None:
    assert [step.state for step in Step.row(["a", "b", "c"], 1)] == ["done", "now", "later"]
    assert "第 2 步，共 3 步" in draw("{% steps s %}", s=Step.row(["a", "b", "c"], 1))


def templates() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.html") if "/tests/" not in str(path)]


def test_no_template_holds_script_style_or_handlers_inline() -> None:
    wrong = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|https?://(?!www\.w3\.org)")
    found = {
        str(path.relative_to(PACKAGE)): hit.group(0) for path in templates() if (hit := wrong.search(path.read_text()))
    }
    assert found == {}


def test_every_post_form_carries_its_token() -> None:
    forms = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)
    for path in templates():
        for form in forms.findall(path.read_text()):
            assert "{% csrf_token %}" in form, path


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = {name for path in templates() for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    assert named - icons.names() == set()
    assert set(tones.ICONS.values()) - icons.names() == set()


def test_vendored_files_are_as_listed() -> None:
    script = PACKAGE.parent / "tools" / "vendor.py"
    result = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_our_scripts_build_no_code_and_no_html_from_text() -> None:
    for path in (STATIC / "web").glob("*.js"):
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write|https?://", path.read_text()), path.name


def _tokens(name: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6});", (STATIC / "web" / name).read_text()))


def _light(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_colour_can_be_read_on_every_ground_it_stands_on(theme: str) -> None:
    tokens = _tokens("tokens.css") | (_tokens("dark.css") if theme == "dark" else {})
    grounds = ["page", "surface", "sunk", "hover"]
    pairs = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "info") for ground in grounds]
    pairs += [(tone, f"{tone}-wash") for tone in ("good", "warn", "bad", "info", "off")]
    pairs += [
        ("on-red", "red"),
        ("on-red", "red-press"),
        ("gold-ink", "gold-wash"),
        ("red-ink", "red-wash"),
        ("bad", "surface"),
    ]
    poor = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in pairs}
    assert {pair: value for pair, value in poor.items() if value < 4.5} == {}
    assert contrast(tokens["control"], tokens["surface"]) >= 3
