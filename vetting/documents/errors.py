"""What can go wrong with a document, each with a sentence a person can act on."""

from collections.abc import Sequence


class DocumentError(Exception):
    """Base of all document errors; `str(error)` is plain language."""

    @classmethod
    def kinds(cls) -> set[str]:
        """The names of all document errors."""
        return {cls.__name__}.union(*(kind.kinds() for kind in cls.__subclasses__()))


class DocumentIncomplete(DocumentError):
    """The data for a document lacks something it must show."""


class RenderRefused(DocumentError):
    """The page asked for something outside the packaged assets (a link to a server or a file)."""


class RenderFailed(DocumentError):
    """The page could not be turned into a PDF."""


class RenderTimedOut(RenderFailed):
    """The renderer used up its time or processor allowance and was stopped."""


class AssetMissing(RenderFailed):
    """A font, image or style sheet that the document needs is not installed."""


class KeysUnusable(DocumentError):
    """The seal keys are missing, damaged, locked with another passphrase, or not allowed here."""


class SealFailed(DocumentError):
    """The seal could not be applied."""


class SelfCheckFailed(DocumentError):
    """A freshly sealed document did not pass our own checks; it must not be stored."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The sealed document failed its own check: " + " ".join(self.problems))
