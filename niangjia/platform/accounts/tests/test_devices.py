"""A browser's line in words that its owner knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from niangjia.platform.accounts import devices
from niangjia.platform.accounts.models import Session
from niangjia.platform.accounts.sessions import AGENT_LENGTH

WECHAT = (
    "Mozilla/5.0 (Linux; Android 13; M2012K11AC Build/TKQ1.220829.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160065 MMWEBSDK/20231202 MMWEBID/2308 "
    "MicroMessenger/8.0.47.2560(0x28002F35) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
LINES = {
    WECHAT: ("微信 · Android", "device-mobile"),
    f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.44(0x18002c2d)": ("微信 · iPhone", "device-mobile"),
    f"{IPHONE} Version/17.2 Mobile/15E148 Safari/604.1": ("Safari · iPhone", "device-mobile"),
    f"{IPHONE} CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1": ("Chrome · iPhone", "device-mobile"),
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36": (
        "Chrome · Android",
        "device-mobile",
    ),
    "Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 "
    "HuaweiBrowser/14.0.0.320 Mobile Safari/537.36": ("华为浏览器 · 鸿蒙", "device-mobile"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 "
    "Edg/120.0.2210.91": ("Edge · Windows", "device-desktop"),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.2; rv:121.0) Gecko/20100101 Firefox/121.0": (
        "Firefox · Mac",
        "device-desktop",
    ),
    "Mozilla/5.0 (X11; Linux x86_64)": ("Linux", "device-desktop"),
    "AlipayClient/10.5.50": ("支付宝", "device-mobile"),
    "python-requests/2.31": ("不认识的设备", "device-mobile"),
    "": ("不认识的设备", "device-mobile"),
}


@pytest.mark.parametrize(("line", "told"), LINES.items(), ids=[words for words, _icon in LINES.values()])
def test_a_browser_is_told_in_two_words(line, told):
    kept = Session(agent=line[:AGENT_LENGTH])
    assert (str(kept.device), kept.device_icon) == told


@given(st.text(max_size=300))
def test_whatever_a_browser_says_its_own_words_are_never_shown(line):
    shown = {str(name) for _pattern, name in (*devices._BROWSERS, *devices._SYSTEMS)} | {str(devices.UNKNOWN)}
    assert set(str(devices.words(line)).split(" · ")) <= shown
    assert devices.icon(line) in {"device-mobile", "device-desktop"}
