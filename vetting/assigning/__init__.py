"""Who reviews what: a problem in, a plan out. Pure calculation, no web framework, no database."""
