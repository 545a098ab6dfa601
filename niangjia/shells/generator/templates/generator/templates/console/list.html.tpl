{% extends "web/console.html" %}
{% block title %}{% translate "@label@" %}{% endblock %}
{% block heading %}{% translate "@label@" %}{% endblock %}
{% block content %}{% include "web/list.html" with empty_title=_("还没有申请") empty_detail=_("会员提交以后，申请会出现在这里。") %}{% endblock %}
