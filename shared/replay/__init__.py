"""Replay: read copies are rebuilt from the publishers' event logs. A consumer requests a replay, publishers send their events again."""
