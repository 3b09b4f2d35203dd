"""Forms as the office keeps them: versions, drafts, what changes, and texts in other languages."""
