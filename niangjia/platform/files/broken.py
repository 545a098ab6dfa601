"""What the readers of content find. Pure."""


class Broken(ValueError):
    """The content is cut off, forged, or holds what it must not."""


class Oversized(ValueError):
    """The content would be huge when opened."""
