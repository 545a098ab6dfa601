"""The words of a plan: kinds of plan, formulas, limits, papers, kinship. Pure; each is stored by its code."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.text import Text, _


class PlanKind(StrEnum):
    """Whether the union gives the cover or somebody buys it."""

    FREE = "free"
    PAID = "paid"


class Formula(StrEnum):
    """How a cover's sum comes about."""

    FIXED = "fixed"
    GRADE = "grade"
    AREA = "area"
    SHARE = "share"
    DAILY = "daily"


class TierPays(StrEnum):
    """What a waiting tier pays: the whole, a fixed consolation, or nothing."""

    FULL = "full"
    CONSOLATION = "consolation"
    NOTHING = "nothing"


class Basis(StrEnum):
    """For what a limit starts anew: each event, each period of enrolment, or never."""

    EVENT = "event"
    PERIOD = "period"
    LIFE = "life"


class Scope(StrEnum):
    """Whose sums a limit adds up."""

    PERSON = "person"
    HOUSEHOLD = "household"


class Measure(StrEnum):
    """What a limit counts: fen, claims, or days."""

    FEN = "fen"
    COUNT = "count"
    DAYS = "days"


class EnrolmentSource(StrEnum):
    """By which way somebody was enrolled."""

    ROSTER = "roster"
    ENTITLEMENT = "entitlement"
    COUNTER = "counter"
    MEMBER = "member"


class Refund(StrEnum):
    """What becomes of the fee when protection ends early. Terms give nothing back once protection has begun; what the
    buying unit settles with its staff is written down."""

    NONE = "none"
    BY_UNIT = "by_unit"
    PAID_BACK = "paid_back"


class Kinship(StrEnum):
    """What the claimant is to the insured person."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    OTHER = "other"


KIND_LABELS: dict[PlanKind, Text] = {PlanKind.FREE: _("工会免费赠送"), PlanKind.PAID: _("团体参保")}

FORMULA_LABELS: dict[Formula, Text] = {
    Formula.FIXED: _("固定金额"),
    Formula.GRADE: _("按等级给付"),
    Formula.AREA: _("按受损面积给付"),
    Formula.SHARE: _("按票据金额的比例给付"),
    Formula.DAILY: _("按住院天数给付"),
}

BASIS_LABELS: dict[Basis, Text] = {
    Basis.EVENT: _("每次出险"),
    Basis.PERIOD: _("每个保障期"),
    Basis.LIFE: _("终身累计"),
}

SCOPE_LABELS: dict[Scope, Text] = {Scope.PERSON: _("每人"), Scope.HOUSEHOLD: _("每户")}

MEASURE_LABELS: dict[Measure, Text] = {
    Measure.FEN: _("金额（元）"),
    Measure.COUNT: _("次数"),
    Measure.DAYS: _("天数"),
}

PAYS_LABELS: dict[TierPays, Text] = {
    TierPays.FULL: _("按条款全额"),
    TierPays.CONSOLATION: _("只付慰问金"),
    TierPays.NOTHING: _("不给付"),
}

SOURCE_LABELS: dict[EnrolmentSource, Text] = {
    EnrolmentSource.ROSTER: _("名册参保"),
    EnrolmentSource.ENTITLEMENT: _("按条件赠送"),
    EnrolmentSource.COUNTER: _("窗口参保"),
    EnrolmentSource.MEMBER: _("本人参保"),
}

REFUND_LABELS: dict[Refund, Text] = {
    Refund.NONE: _("不退费（起保后按条款不退）"),
    Refund.BY_UNIT: _("由参保单位与本人自行结算"),
    Refund.PAID_BACK: _("已由财务另行退给单位"),
}

KINSHIP_LABELS: dict[Kinship, Text] = {
    Kinship.SELF: _("本人"),
    Kinship.SPOUSE: _("配偶"),
    Kinship.CHILD: _("子女"),
    Kinship.PARENT: _("父母"),
    Kinship.SIBLING: _("兄弟姐妹"),
    Kinship.OTHER: _("其他亲属"),
}

PAPER_LABELS: dict[str, Text] = {
    "identity": _("身份证正反面"),
    "diagnosis": _("诊断证明"),
    "pathology": _("病理或检查报告"),
    "discharge": _("出院小结"),
    "settlement": _("医疗费结算单"),
    "accident": _("事故证明"),
    "disability": _("伤残鉴定书"),
    "death": _("死亡证明和户籍注销证明"),
    "kinship": _("亲属关系证明"),
    "property": _("受损现场照片"),
    "property_proof": _("物业或居委会证明"),
    "title": _("房产证或租房合同"),
    "fire_report": _("消防部门证明"),
    "invoice": _("维修或购买票据"),
    "bank_card": _("银行卡照片"),
    "other": _("其他材料"),
}
"""Papers that a cover may ask for."""

FUND_LABELS: dict[str, Text] = {
    "city_union": _("市总工会专项资金"),
    "mutual_aid": _("互助保障资金"),
}
"""Where the money of a plan comes from."""
