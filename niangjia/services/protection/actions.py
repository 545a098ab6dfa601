"""Everything that changes something in this room, in one import: plans, enrolments, claims, appeals."""

from niangjia.services.protection.plans import close_version as close_version
from niangjia.services.protection.plans import draw_up as draw_up
from niangjia.services.protection.plans import found_plan as found_plan
from niangjia.services.protection.plans import publish as publish
from niangjia.services.protection.plans import revise as revise
from niangjia.services.protection.plans import supersede as supersede
