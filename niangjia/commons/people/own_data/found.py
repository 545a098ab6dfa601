"""The tables of corrections, disputes and of one's own data in one place, from which Django finds them."""

from niangjia.commons.people.corrections.models import Correction, CorrectionPaper, Workplace
from niangjia.commons.people.disputes.models import Dispute, DisputePaper
from niangjia.commons.people.guardians.models import GuardianPaper, Guardianship
from niangjia.commons.people.own_data.models import Closing, DataCopy

__all__ = [
    "Closing",
    "Correction",
    "CorrectionPaper",
    "DataCopy",
    "Dispute",
    "DisputePaper",
    "GuardianPaper",
    "Guardianship",
    "Workplace",
]
