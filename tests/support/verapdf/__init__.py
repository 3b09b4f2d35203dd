"""The engine of veraPDF, where `bin/verapdf` has fetched it: an outside opinion on PDF/A-3a and PDF/UA-1."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ENGINE = Path(sys.prefix) / "verapdf" / "cli.jar"
DRIVER = Path(__file__).with_name("Vera.java")
PROFILES = "PDFA-3A,PDFUA-1"
# Since Java 11 a library of its own (Debian: libjaxb-java).
JAVA = Path("/usr/share/java")
LIBRARIES = ("jaxb-api", "jaxb-core", "jaxb-runtime", "istack-commons-runtime", "txw2", "javax.activation")


def missing() -> str:
    """What keeps the engine from running here, in a sentence; empty when nothing does."""
    if not ENGINE.exists():
        return "the engine of veraPDF is not there (bin/verapdf fetches it)"
    if not shutil.which("java"):
        return "Java is not installed (Debian package: default-jdk-headless)"
    absent = [name for name in LIBRARIES if not (JAVA / f"{name}.jar").exists()]
    return f"{', '.join(absent)} not installed (Debian package: libjaxb-java)" if absent else ""


def verdicts(files: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """What the engine says, a line for each file and profile; exit status 0 when all pass."""
    path = ":".join(str(jar) for jar in (ENGINE, *(JAVA / f"{name}.jar" for name in LIBRARIES)))
    command = ["java", "-cp", path, str(DRIVER), PROFILES, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
