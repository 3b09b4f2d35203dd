"""Named questions. Each returns None to pass, or the sentence it refuses with; none of them changes anything."""
