"""Which static files are served: all but what only serves to build others."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class ServedFiles(StaticFilesConfig):
    """Single icons are joined in one sprite and checksums are for us; neither is collected."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "tabler-icons-*", "SHA256SUMS"]
