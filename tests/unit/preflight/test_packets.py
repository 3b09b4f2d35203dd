"""The rules against packets that were made without them: clean ones are left alone, each fault is noticed."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.packets import FAULTS, clean, faulty
from tests.support.packets.looking import look, read_here
from tests.support.soak import amount
from vetting.preflight.finding import is_warning

TODAY = date(2026, 11, 22)
CLEAN = amount(8, 100)
OF_EACH = amount(1, 8)


def test_clean_packets_are_left_alone() -> None:
    """A scan that a machine misread may draw a line now and then; most packets must draw none."""
    warned = []
    for seed in range(CLEAN):
        found = look(clean(seed, TODAY), read_here, TODAY)
        warned += [(seed, key, one) for key, several in found.items() for one in several if is_warning(one)]
    assert len({seed for seed, _key, _one in warned}) <= CLEAN // 25, warned


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_noticed_on_its_document(fault: str) -> None:
    for number in range(OF_EACH):
        packet = faulty(1000 + 100 * list(FAULTS).index(fault) + number, fault, TODAY)
        keys = {finding.key for finding in look(packet, read_here, TODAY, packet.on)[packet.on]}
        assert keys & packet.expects, (packet.seed, keys)
