"""How browsers and ways to sign in are called."""

from __future__ import annotations

from flask_babel import gettext as _

from vetting.text import N_

# The first that is found counts: most browsers also claim to be others.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)

METHODS = {
    "password": N_("password"),
    "email_code": N_("a code by e-mail"),
    "email_link": N_("a link by e-mail"),
    "invitation": N_("an invitation"),
    "passkey": N_("a passkey"),
    "setup_link": N_("the set-up link"),
    "app": N_("an app"),
    "recovery_code": N_("a recovery code"),
}


def browser_name(agent: str) -> str:
    """A browser in words people know."""
    browser = next((name for mark, name in BROWSERS if mark in agent), None)
    system = next((name for mark, name in SYSTEMS if mark in agent), None)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("A browser we do not know"))


def method_name(method: str) -> str:
    """A way to sign in, or both steps of it, in words."""
    return str(_(" and ")).join(_(METHODS[part]) if part in METHODS else part for part in method.split("+"))
