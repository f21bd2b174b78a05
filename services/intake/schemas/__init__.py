"""Shapes of what comes in (taken.py) and goes out (given.py) over HTTP. Rules that need more than the body are in rules/."""
