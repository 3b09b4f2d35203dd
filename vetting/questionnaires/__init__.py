"""Forms as versioned data: questions, what a good answer is, and how far a section has come. No web, no database."""
