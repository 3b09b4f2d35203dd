"""The demonstration district: real schools, and some fifty made-up organizations at every point of the partner path."""

from vetting.jobs.demo.district import SIZE, DemoRefused, load

__all__ = ["SIZE", "DemoRefused", "load"]
