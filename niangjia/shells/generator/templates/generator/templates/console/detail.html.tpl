{% extends "web/console.html" %}
{% block title %}{{ found.number }}{% endblock %}
{% block crumbs %}{% crumbs crumbs %}{% endblock %}
{% block heading %}{{ found.person.name }} <small>{{ found.number }}</small>{% endblock %}
{% block subtitle %}<p class="subtitle">{% status found %} <span>{{ found.responsible.name }}</span></p>{% endblock %}
{% block content %}
<section class="card"><h2>{% translate "申请内容" %}</h2>{% facts facts %}</section>
{% if buttons %}<section class="card"><h2>{% translate "办理" %}</h2>{% moves buttons %}</section>{% endif %}
{% endblock %}
