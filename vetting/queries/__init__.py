"""The read side: every list is ordered, and every list of private things is scoped to who may see it."""
