"""What to say beside changes that both ends of a link must agree on."""

from __future__ import annotations

from checks.i18n import _

SWITCH_FIRST = _("Set the ports of the switches alike first, then every node, one at a time.")
