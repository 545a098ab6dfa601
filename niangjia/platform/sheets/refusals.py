"""The sentences with which a whole spreadsheet is refused."""

from __future__ import annotations

from niangjia.kernel.errors import DomainError, RuleBroken, TooLarge
from niangjia.kernel.text import Text, _
from niangjia.platform.files.errors import WrongType

_SENTENCES: dict[str, tuple[type[DomainError], Text]] = {
    "FILE_TYPE": (WrongType, _("请上传.xlsx或.csv格式的表格。旧版.xls请先另存为.xlsx。")),
    "FILE_BROKEN": (RuleBroken, _("文件无法打开。请确认它没有密码、没有损坏，另存一份后重新上传。")),
    "FILE_TOO_BIG": (TooLarge, _("表格太大，或解压后过大。请删去多余的行列，或分成几份上传。")),
    "FILE_UNSAFE": (RuleBroken, _("表格里有宏、外部链接或其他不安全的内容。请只把数据粘贴到新表格后重新上传。")),
    "FILE_HEADER": (RuleBroken, _("第一张工作表被隐藏了。请取消隐藏，或把名单放在第一张工作表。")),
}


def refusal(code: str) -> DomainError:
    """The error for ``code``, to be raised; its sentence also belongs beside the field ``file``."""
    kind, sentence = _SENTENCES[code]
    return kind(code, sentence, fields={"file": [sentence]})
