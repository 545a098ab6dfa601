"""The command ``niangjia``."""


def main() -> None:
    """Run one of the commands."""
