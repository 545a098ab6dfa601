"""What corrections tell, do by the clock and take from dated parameters; each declares itself by import."""

from niangjia.commons.people.corrections import jobs as jobs
from niangjia.commons.people.corrections import notices as notices
from niangjia.commons.people.corrections import parameters as parameters
