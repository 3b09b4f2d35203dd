"""python -m tests.support.verapdf file.pdf ..."""

import sys
from pathlib import Path

from tests.support.verapdf import missing, verdicts

if problem := missing():
    sys.exit(f"verapdf: {problem}")
found = verdicts([Path(name) for name in sys.argv[1:]])
sys.stdout.write(found.stdout)
sys.stderr.write(found.stderr)
sys.exit(found.returncode)
