"""What a browser calls itself, in words its owner knows: "Chrome · Android". Pure.

A browser says many names in one line, its own and those it wants to pass for; the more particular one is looked for
first, and by what stands early, because long lines are kept cut off. What is said can be anything: it is never a
proof, only a help to recognise one's own device.
"""

from __future__ import annotations

import re

from niangjia.kernel.text import Text, _

UNKNOWN = _("不认识的设备")

_BROWSERS: tuple[tuple[str, str | Text], ...] = (
    (r"wxwork/", _("企业微信")),
    (r"MicroMessenger/|MMWEBSDK/|XWEB/", _("微信")),
    (r"AlipayClient/", _("支付宝")),
    (r"DingTalk/", _("钉钉")),
    (r"HuaweiBrowser/", _("华为浏览器")),
    (r"MiuiBrowser/", _("小米浏览器")),
    (r"VivoBrowser/", _("vivo 浏览器")),
    (r"HeyTapBrowser/", _("OPPO 浏览器")),
    (r"MQQBrowser/|QQBrowser/", _("QQ 浏览器")),
    (r"UCBrowser/", _("UC 浏览器")),
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/|OPT/", "Opera"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Version/\S+ .*Safari/", "Safari"),
)
_SYSTEMS: tuple[tuple[str, str | Text], ...] = (
    (r"OpenHarmony|HarmonyOS", _("鸿蒙")),
    (r"iPad", "iPad"),
    (r"iPhone", "iPhone"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Macintosh|Mac OS X", "Mac"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)
_HELD_IN_THE_HAND = re.compile(r"OpenHarmony|HarmonyOS|iPad|iPhone|Android|Mobile", re.IGNORECASE)


def words(agent: str) -> Text:
    """Browser and system, one of the two, or that it is unknown."""
    known = [name for name in (_first(_BROWSERS, agent), _first(_SYSTEMS, agent)) if name]
    if not known:
        return UNKNOWN
    if len(known) == 1:
        return known[0] if isinstance(known[0], Text) else Text("{system}", {"system": known[0]})
    return Text("{browser} · {system}", {"browser": known[0], "system": known[1]})


def icon(agent: str) -> str:
    """The name of the icon: a phone for what is held in the hand, and for what is unknown."""
    desk = _first(_SYSTEMS, agent) and not _HELD_IN_THE_HAND.search(agent)
    return "device-desktop" if desk else "device-mobile"


def _first(table: tuple[tuple[str, str | Text], ...], agent: str) -> str | Text:
    return next((name for pattern, name in table if re.search(pattern, agent, re.IGNORECASE)), "")
