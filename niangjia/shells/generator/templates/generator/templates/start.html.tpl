{% extends "web/portal_task.html" %}
{% block title %}{% translate "@label@" %}{% endblock %}
{% block back %}{% url "portal:services" %}{% endblock %}
{% block content %}
<h1>{% translate "@label@" %}</h1>
<form method="post" novalidate data-once>{% csrf_token %}
  {{ form }}<input type="hidden" name="idempotency_key" value="{{ form.key }}">
  <div class="buttons"><button class="button button-primary button-wide">{% translate "提交申请" %}</button></div>
</form>
{% if own %}<section class="card"><h2>{% translate "我的申请" %}</h2>
  <ul>{% for row in own %}<li><a href="{% url "@code@:progress" row.public_id %}">{{ row.number }}</a> {% status row %}</li>{% endfor %}</ul>
</section>{% endif %}
{% endblock %}
