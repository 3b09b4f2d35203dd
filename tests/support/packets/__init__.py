"""Made-up packets of documents: clean ones in many layouts, and ones with a single known fault."""

from tests.support.packets.faults import FAULTS
from tests.support.packets.packet import Packet, Paper, clean, faulty

__all__ = ["FAULTS", "Packet", "Paper", "clean", "faulty"]
