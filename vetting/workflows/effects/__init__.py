"""Named changes that a step makes to the facts, inside the transaction."""
