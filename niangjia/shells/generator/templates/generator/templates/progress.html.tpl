{% extends "web/portal_task.html" %}
{% block title %}{{ found.number }}{% endblock %}
{% block back %}{% url "portal:mine" %}{% endblock %}
{% block content %}
<div class="title-row"><h1>{% translate "@label@" %}</h1>{% status found %}</div>
<section class="card">{% facts facts %}</section>
{% if may_withdraw %}<p class="after"><a href="{% url "@code@:withdraw" found.public_id %}">{% translate "撤回申请" %}</a></p>{% endif %}
{% endblock %}
