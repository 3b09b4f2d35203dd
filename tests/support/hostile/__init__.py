"""Files made to do harm, generated anew each time and always the same."""

from tests.support.hostile import packages, pdfs, pictures, strange
from tests.support.hostile.case import ANY, GOOD, REFUSED, Hostile

__all__ = ["ANY", "CORPUS", "GOOD", "REFUSED", "Hostile"]

CORPUS = {case.name: case for part in (strange, pictures, packages, pdfs) for case in part.table()}
