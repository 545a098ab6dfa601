from datetime import date, timedelta

import pytest
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from niangjia.kernel import clock as kernel_clock
from niangjia.platform.web import dates, paging, spark
from niangjia.platform.web.templatetags import web


def test_no_line_ends_inside_a_day():
    html = (
        '<title>2026-01-09</title><p title="2026-01-09">期限 2026-01-09 17:00，2026年1月9日至1月12日。</p>'
        '<time datetime="2026-01-09">2026年1月9日</time><option>2026-01-09</option>'
        '<a href="/x/2026-01-09/">RH2026-01</a><p>by 9 January 2026</p>'
    )
    assert dates.unbroken(html) == (
        '<title>2026-01-09</title><p title="2026-01-09">期限 <span class="unbroken">2026-01-09</span> 17:00，'
        '<span class="unbroken">2026年1月9日</span>至<span class="unbroken">1月12日</span>。</p>'
        '<time datetime="2026-01-09">2026年1月9日</time><option>2026-01-09</option>'
        '<a href="/x/2026-01-09/">RH2026-01</a><p>by <span class="unbroken">9 January 2026</span></p>'
    )


def test_the_portal_writes_long_dates_and_the_console_iso() -> None:
    assert dates.day(date(2026, 1, 9)) == "2026年1月9日"
    with dates.style("iso"):
        assert dates.day(date(2026, 1, 9)) == "2026-01-09"
    with translation.override("en"):
        assert dates.day(date(2026, 1, 9)) == "9 January 2026"


def test_days_in_a_sentence_made_elsewhere_take_the_style_of_the_page() -> None:
    stored = "您的入会申请 RH2026-0000001-2 最晚 2026-03-25 前答复，2026-03-05。"
    assert dates.in_text(stored) == "您的入会申请 RH2026-0000001-2 最晚2026年3月25日前答复，2026年3月5日。"
    with dates.style("iso"):
        assert dates.in_text(stored) == stored
    with translation.override("en"):
        assert dates.in_text("by 2026-03-25.") == "by 25 March 2026."
        notice = "opens 11月28日 05:23, collect 11月30日至12月1日, until 2027年1月9日"
        assert (
            dates.in_text(notice) == "opens 28 November 05:23, collect 30 November to 1 December, until 9 January 2027"
        )
    assert dates.in_text("11月30日至12月1日领取") == "11月30日至12月1日领取"


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "12026-01-01", "2026-01-012", "HY2026-01-01", "2026-01-01-3", "٢٠٢٦-01-01"]
)
def test_what_only_looks_like_a_day_stays_as_it_is(text: str) -> None:
    assert dates.in_text(text) == text


def test_a_moment_is_shown_in_shanghai() -> None:
    evening_in_utc = kernel_clock.moment(date(2026, 1, 10)) + timedelta(minutes=5)
    assert evening_in_utc.astimezone(tz=None) is not None
    assert dates.moment(evening_in_utc) == "2026年1月10日 00:05"
    assert dates.day(evening_in_utc) == "2026年1月10日"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=3, hours=4), "还剩 3 天"),
        (timedelta(hours=47, minutes=59), "还剩 47 小时 59 分钟"),
        (timedelta(seconds=59), "还剩 1 分钟"),
        (timedelta(0), "已到时间"),
        (-timedelta(days=1), "已到时间"),
    ],
)
def test_what_is_left_is_said_in_words_of_a_person(left: timedelta, words: str) -> None:
    now = kernel_clock.now()
    assert str(dates.left(now + left, now)) == words


@pytest.mark.parametrize(
    ("asked", "given"), [("1", 1), ("7", 7), ("8", 7), ("0", 1), ("-3", 1), ("x", 1), ("9" * 30, 1), ("٣", 1), ("", 1)]
)
def test_a_page_number_is_clamped_to_pages_that_exist(asked: str, given: int) -> None:
    assert paging.clamp(asked, 7) == given


@pytest.mark.parametrize(
    ("asked", "given"), [("20", 20), ("100", 100), ("1000000", 20), ("101", 100), ("0", 20), ("-1", 20), ("a", 20)]
)
def test_a_page_has_at_most_a_hundred_rows(asked: str, given: int) -> None:
    assert paging.size_of(asked) == given


def test_a_page_knows_its_rows_and_the_empty_list_has_one_page() -> None:
    page = paging.paginate(range(45), number="3", size=20)
    assert (list(page.rows), page.first, page.last, page.pages) == ([40, 41, 42, 43, 44], 41, 45, 3)
    assert not page.has_next
    empty = paging.paginate([], number="5")
    assert (empty.number, empty.pages, empty.first, empty.last) == (1, 1, 0, 0)


def test_the_pager_shows_both_ends_and_the_neighbours() -> None:
    assert paging.Page([], 7, 10, 200).window == [1, None, 5, 6, 7, 8, 9, None, 20]
    assert paging.Page([], 4, 10, 200).window == [1, 2, 3, 4, 5, 6, None, 20]
    assert paging.Page([], 1, 10, 10).window == [1]


def test_a_spark_line_stays_in_its_box_and_is_flat_when_nothing_changes() -> None:
    points = [tuple(map(float, point.split(","))) for point in spark.points([1, 5, 3]).split()]
    assert points == [(2.0, 26.0), (48.0, 2.0), (94.0, 14.0)]
    assert spark.points([4, 4]) == "2.0,14.0 94.0,14.0"
    assert spark.points([4]) == ""


def test_a_number_that_is_asked_for_late_is_shown() -> None:
    assert web.number(SimpleLazyObject(lambda: 1200)) == "1,200"
