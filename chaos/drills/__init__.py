"""Faults that stay until their alert was heard and their page was followed."""
