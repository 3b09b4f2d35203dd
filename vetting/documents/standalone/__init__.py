"""Programs that are handed out with an export and run without this system."""
