"""The WSGI entry point: ``gunicorn wsgi:app``, ``flask --app wsgi``."""

import sys

from config import SettingsError
from vetting import create_app

try:
    app = create_app()
except SettingsError as error:
    sys.exit(f"{error}")
