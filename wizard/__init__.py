"""Sendoff: from a trained model file to a tested, running prediction service.

The road is one straight line of values, each package one stage:

    model file -> Inspection -> Plan -> Lock -> Bundle -> Image -> Rehearsal -> Release
"""

__version__ = "0.1.0"
