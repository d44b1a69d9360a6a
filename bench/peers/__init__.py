"""The programs that Holdfast is compared with."""
