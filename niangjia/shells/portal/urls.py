"""Addresses of the portal's own pages; mounted at the root."""

from django.urls import include, path

from niangjia.shells.portal import (
    card,
    correcting,
    email,
    home,
    mine,
    my_consents,
    my_copies,
    my_data,
    proving,
    sign_in,
)

app_name = "portal"
urlpatterns = [
    path("", include("niangjia.platform.web.urls")),
    path("", home.home, name="home"),
    path("services/", home.services, name="services"),
    path("card/", card.card, name="card"),
    path("card/code/", card.code, name="card_code"),
    path("card/lost/", card.lost, name="card_lost"),
    path("card/replace/", card.replace, name="card_replace"),
    path("mine/", mine.mine, name="mine"),
    path("mine/progress/", mine.progress, name="progress"),
    path("mine/looks/", mine.looks, name="looks"),
    path("mine/notices/", mine.notices, name="notices"),
    path("mine/notices/open/", mine.open_notice, name="open_notice"),
    path("mine/notices/read/", mine.read_notices, name="read_notices"),
    path("mine/data/", my_data.overview, name="my_data"),
    path("mine/data/child/<slug:public_id>/", my_data.child, name="my_data_child"),
    path("mine/data/correct/", correcting.choose, name="correct"),
    path("mine/data/correct/phone/code/", correcting.prove_phone, name="correct_phone_code"),
    path("mine/data/correct/<slug:kind>/", correcting.ask, name="correct_one"),
    path("mine/data/corrections/<slug:public_id>/", correcting.progress, name="correction"),
    path("mine/data/corrections/<slug:public_id>/supply/", correcting.supply, name="correction_supply"),
    path("mine/data/corrections/<slug:public_id>/withdraw/", correcting.withdraw, name="correction_withdraw"),
    path("mine/data/corrections/<slug:public_id>/papers/<slug:file_id>/", correcting.paper, name="correction_paper"),
    path("mine/data/consents/", my_consents.consents, name="consents"),
    path("mine/data/consents/<slug:public_id>/withdraw/", my_consents.withdraw, name="consent_withdraw"),
    path("mine/data/copies/", my_copies.copies, name="copies"),
    path("mine/data/copies/<slug:public_id>/", my_copies.fetch, name="copy"),
    path("mine/data/close/", my_consents.close, name="close_account"),
    path("mine/prove/", proving.prove, name="prove"),
    path("mine/email/", email.edit, name="email"),
    path("mine/devices/", mine.devices, name="devices"),
    path("mine/devices/end/", mine.end_device, name="end_device"),
    path("sign-in/", sign_in.phone, name="sign_in"),
    path("sign-in/code/", sign_in.code, name="sign_in_code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
]
