[build-system]
requires = ["setuptools>=80"]
build-backend = "setuptools.build_meta"

[project]
name = "niangjia-@code@"
version = "0.1.0"
description = "@label@"
requires-python = ">=3.11"
dependencies = ["niangjia"]

[project.entry-points."niangjia.rooms"]
@code@ = "@code@"

[tool.setuptools.packages.find]
include = ["@code@*"]

[tool.setuptools.package-data]
"*" = ["templates/**/*", "docs/*.md", "*.toml"]

[tool.ruff]
line-length = 120
target-version = "py311"
extend-exclude = ["*/migrations/*"]

[tool.ruff.lint]
select = ["E", "F", "I", "B", "UP", "DJ", "S", "T20", "BLE", "C4", "C90", "DTZ", "RET", "SIM", "PT", "N", "RUF"]
ignore = ["RUF001", "RUF002", "RUF003", "RUF012", "DJ008", "S311", "N818"]

[tool.ruff.lint.isort]
known-first-party = ["@code@", "niangjia"]

[tool.ruff.lint.per-file-ignores]
"**/tests/*" = ["S", "PT011", "PT012"]

[tool.pytest.ini_options]
DJANGO_SETTINGS_MODULE = "niangjia.settings"
addopts = "-p niangjia.platform.testing.plugin -ra"
