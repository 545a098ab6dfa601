"""Addresses of the console's own pages; mounted at /console/."""

from django.urls import path

from niangjia.shells.console import (
    cards,
    corrections,
    desk,
    desk_bulk,
    honours,
    notices,
    people,
    search,
    sign_in,
    unions,
)

app_name = "console"
urlpatterns = [
    path("", desk.mine, name="desk"),
    path("desk/below/", desk.below, name="below"),
    path("desk/done/", desk.done, name="done"),
    path("desk/bulk/", desk_bulk.bulk, name="desk_bulk"),
    path("desk/next/", desk.take_next, name="take_next"),
    path("desk/<slug:public_id>/", desk.item, name="item"),
    path("desk/<slug:public_id>/take/", desk.take, name="take"),
    path("desk/<slug:public_id>/put-back/", desk.put_back, name="put_back"),
    path("desk/<slug:public_id>/hand-over/", desk.hand_over, name="hand_over"),
    path("desk/<slug:public_id>/extend/", desk.extend, name="extend"),
    path("search/", search.search, name="search"),
    path("people/", people.members, name="people"),
    path("people/<slug:public_id>/", people.person, name="person"),
    path("people/<slug:public_id>/unmask/", people.unmask, name="unmask"),
    path("people/<slug:public_id>/membership/<slug:event>/", people.move, name="membership_move"),
    path("people/<slug:public_id>/card/<slug:event>/", cards.act, name="card_act"),
    path("people/<slug:public_id>/honours/", honours.honours, name="honours"),
    path("people/<slug:public_id>/honours/revoke/", honours.revoke, name="revoke_honour"),
    path("corrections/", corrections.listing, name="corrections"),
    path("corrections/<slug:public_id>/", corrections.detail, name="correction"),
    path("corrections/<slug:public_id>/unmask/", corrections.unmask, name="correction_unmask"),
    path("corrections/<slug:public_id>/papers/<slug:file_id>/", corrections.paper, name="correction_paper"),
    path("corrections/<slug:public_id>/<slug:event>/", corrections.answer, name="correction_answer"),
    path("unions/", unions.unions, name="unions"),
    path("unions/<slug:public_id>/", unions.union, name="union"),
    path("union/", unions.choose, name="choose_union"),
    path("notices/", notices.notices, name="notices"),
    path("notices/open/", notices.open_notice, name="open_notice"),
    path("notices/read/", notices.read_all, name="read_notices"),
    path("sign-in/", sign_in.password, name="sign_in"),
    path("second-factor/", sign_in.second_factor, name="second_factor"),
    path("second-factor/set-up/", sign_in.enrolment, name="enrolment"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
]
