"""Who holds which office in the demonstration: one user for each sign-in of staff."""

from __future__ import annotations

from datetime import timedelta

from niangjia.commons.unions.actions import appoint
from niangjia.platform.accounts import users
from niangjia.platform.accounts.models import User
from niangjia.shells.demo.accounts import SignIn
from niangjia.shells.demo.city import City

IN_OFFICE = timedelta(days=3 * 365)
NAMES = {
    "officer": "周春梅",
    "grassroots": "陈立",
    "reviewer": "何敏",
    "district": "罗志远",
    "city": "方雅琴",
    "chair": "沈国英",
    "stall": "孙小燕",
    "keeper": "马强",
    "clerk": "唐静",
    "preparer": "许文",
    "releaser": "曹莉",
    "mediator": "冯正",
    "hotline": "邓可",
    "employer": "宋经理",
    "system": "林工",
    "security": "谢工",
    "audit": "韩工",
}


def appoint_all(city: City) -> None:
    """Make the users, bind their known authenticators and appoint each to the office of its sign-in."""
    staff = [entry for entry in city.sign_ins if entry.is_staff]
    for entry in city.counted(staff, of=len(staff), what="offices"):
        city.users[entry.sign_in] = _user(city, entry)
        appoint(
            actor=city.actor,
            user_id=city.users[entry.sign_in].pk,
            union_id=city.union(entry.union_code).pk,
            role=entry.role,
            valid_from=city.day - IN_OFFICE,
        )


def _user(city: City, entry: SignIn) -> User:
    user = users.create_staff(
        name=entry.sign_in, display_name=NAMES[entry.sign_in], password=entry.password, actor=city.actor
    )
    user.totp_secret = entry.totp_secret
    user.save(update_fields=["totp_secret"])
    return user
