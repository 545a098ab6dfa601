"""The refusals of signing in, each made in one place so that their words and codes never differ."""

from __future__ import annotations

from niangjia.kernel.errors import Conflict, Gone, Malformed, NotAllowed, NotSignedIn, RuleBroken, TooMany, Unavailable
from niangjia.kernel.text import Text, _

CODE_FORMAT = _("验证码为6位数字。请看短信，重新填写。")


def not_signed_in() -> NotSignedIn:
    """Nobody is signed in, or the session has ended."""
    return NotSignedIn("NOT_SIGNED_IN", _("您还没有登录，或者登录已经过期。请重新登录。"))


def wrong_credentials() -> NotSignedIn:
    """The name is unknown, the password is wrong, or the account is closed: never told apart."""
    sentence = _("用户名或密码不对，请重新输入。")
    error = NotSignedIn("WRONG_CREDENTIALS", sentence)
    error.fields = {"password": [sentence]}
    return error


def second_factor_missing() -> NotAllowed:
    """The password was right; the second factor is still due."""
    return NotAllowed("MFA_REQUIRED", _("请先输入动态口令，完成第二步登录。"))


def step_up_missing() -> NotAllowed:
    """The act asks for a second factor proved minutes ago, not hours ago."""
    return NotAllowed("STEP_UP_REQUIRED", _("这一步很重要，请再验证一次身份。"))


def owner_unsure() -> NotAllowed:
    """The code was right, but the last one is so long ago that the phone may have a new holder."""
    return NotAllowed("OWNER_CHECK", _("这个手机号很久没有登录过。请先确认账户是您的。"))


def owner_known() -> Conflict:
    """The session is not held: there is nothing to ask."""
    return Conflict("OWNER_KNOWN", _("已经确认过账户是您的，不用再填。"))


def owner_tail_wrong() -> RuleBroken:
    """Not the last four places of the number on record."""
    return with_field(
        "OWNER_WRONG", _("和登记的证件号码不一样。请核对证件上的最后四位，末位是字母 X 的也要填。"), "said"
    )


def owner_name_wrong() -> RuleBroken:
    """Not the name on record, which is asked for where no number is known."""
    return with_field("OWNER_WRONG", _("和登记的姓名不一样。请按证件填写完整姓名。"), "said")


def members_only() -> NotAllowed:
    """A staff session asks for what only a member may do."""
    return NotAllowed("MEMBER_SESSION_REQUIRED", _("这是职工本人办理的事项，请用手机号登录后办理。"))


def staff_only() -> NotAllowed:
    """A member's session asks for what only staff may do."""
    return NotAllowed("STAFF_SESSION_REQUIRED", _("这是工会工作人员办理的事项，请从工作台登录。"))


def network_barred() -> NotAllowed:
    """The address is outside the networks from which staff may work."""
    return NotAllowed("NETWORK_BARRED", _("工作台只能在指定的网络里使用。请连接单位网络后再登录。"))


def cookies_too_large() -> Malformed:
    """The browser sends more cookies than any of ours together."""
    return Malformed("COOKIES_TOO_LARGE", _("浏览器送来的内容太大。请清除本网站的Cookie后再试。"))


def forged() -> NotAllowed:
    """A write with a cookie but without the token that only our own pages have."""
    return NotAllowed("CSRF_FAILED", _("这个请求不是从本网站的页面发出的，没有办理。请刷新页面后再试。"))


def email_format() -> RuleBroken:
    """What was typed is no e-mail address."""
    sentence = _("邮箱地址不对，请照 name@example.com 的样子填写。")
    return RuleBroken("EMAIL_FORMAT", sentence, fields={"email": [sentence]})


def code_format(field: str = "code") -> RuleBroken:
    """What was typed is not six digits."""
    return RuleBroken("OTP_FORMAT", CODE_FORMAT, fields={field: [CODE_FORMAT]})


def code_wrong(left: int) -> RuleBroken:
    """The code is wrong; ``left`` guesses remain."""
    sentence = _("验证码错误，还可尝试{left}次。", left=left)
    return RuleBroken("OTP_WRONG", sentence, fields={"code": [sentence]})


def code_expired() -> Gone:
    """The code is too old, was used, or was replaced by a later one."""
    sentence = _("验证码已失效，请重新获取。")
    return Gone("OTP_EXPIRED", sentence, fields={"code": [sentence]})


def code_locked(seconds: int) -> TooMany:
    """All guesses of the code are used up; a new one may be asked for after ``seconds``."""
    sentence = _("输错次数太多，这个验证码已作废。请{seconds}秒后重新获取。", seconds=seconds)
    error = TooMany("TOO_MANY", sentence, retry_after=seconds)
    error.fields = {"code": [sentence]}
    return error


def budget_spent(seconds: int) -> Unavailable:
    """Today's budget of messages is used up."""
    return Unavailable(
        "SMS_BUDGET_SPENT",
        _("今天的短信已经发完，暂时不能用短信登录。请明天再试，或到工会窗口办理。"),
        retry_after=seconds,
    )


def totp_wrong() -> RuleBroken:
    """The six digits of the authenticator are wrong."""
    sentence = _("动态口令不对。请看手机上最新的6位数字，再输入一次。")
    return RuleBroken("TOTP_WRONG", sentence, fields={"totp": [sentence]})


def totp_used() -> RuleBroken:
    """The six digits were right but have served already."""
    sentence = _("这个动态口令已经用过。请等手机上换出新的数字，再输入。")
    return RuleBroken("TOTP_USED", sentence, fields={"totp": [sentence]})


def totp_format() -> RuleBroken:
    """What was typed is not six digits."""
    sentence = _("动态口令为6位数字。")
    return RuleBroken("OTP_FORMAT", sentence, fields={"totp": [sentence]})


def enrolment_missing() -> NotAllowed:
    """The user has no authenticator yet."""
    return NotAllowed("ENROLMENT_REQUIRED", _("您还没有绑定动态口令。请先按页面提示绑定。"))


def enrolled_already() -> NotAllowed:
    """An authenticator is bound; replacing it needs a fresh second factor."""
    return NotAllowed("ENROLLED_ALREADY", _("动态口令已经绑定。要换手机，请先用现在的动态口令验证身份。"))


def password_too_long() -> RuleBroken:
    """Longer than any password we take."""
    return with_field("PASSWORD_LENGTH", _("密码不能超过4096个字符。"), "password")


def with_field(code: str, sentence: Text, field: str) -> RuleBroken:
    """A broken rule whose sentence also stands beside ``field``."""
    return RuleBroken(code, sentence, fields={field: [sentence]})
