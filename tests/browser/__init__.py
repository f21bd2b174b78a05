"""Tests in a real browser, Chromium of the machine, over real servers; skipped with the reason where there is none."""
