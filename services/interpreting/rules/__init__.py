"""Pure rules of interpreting: states and moves, languages, hours and claims, who fits and who ranks first. No I/O; the time is an argument."""
