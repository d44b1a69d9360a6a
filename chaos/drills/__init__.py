"""Drills: faults held until their alert fires and their runbook page is followed."""
