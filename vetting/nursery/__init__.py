"""Child processes that need not wait for an interpreter.

A nursery is a small process that has imported what reads files from outside, and forks a fresh child for each task. It
never touches a file itself, and knows no secrets: it starts with an empty environment and nothing open. A child serves
one task, locks itself in before it reads, and ends. Whoever asks (``asking``) gets what the child said, or ``Lost`` and
then starts a child of its own from nothing: slower, and fenced in the same way.
"""

from vetting.nursery.asking import ENVIRONMENT, Ended, Lost, Nursery

__all__ = ["ENVIRONMENT", "Ended", "Lost", "Nursery"]
