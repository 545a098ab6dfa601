"""The kernel stands on Python alone."""

import subprocess
import sys
from pathlib import Path

import niangjia.kernel

MODULES = sorted(path.stem for path in Path(niangjia.kernel.__file__).parent.glob("*.py") if path.stem != "__init__")


def test_the_kernel_imports_neither_django_nor_anything_above_it():
    script = (
        "import importlib, sys\n"
        f"for name in {MODULES!r}: importlib.import_module('niangjia.kernel.' + name)\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'django'\n"
        "       or name.startswith('niangjia.') and not name.startswith('niangjia.kernel')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
