"""Own copies of an organization, made by the worker: what they hold, how they are written, and when they go."""
