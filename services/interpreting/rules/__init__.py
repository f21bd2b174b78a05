"""Pure rules of interpreting: records, states and transitions, languages, hours and claims, matching and ranking. No I/O; the time is an argument."""
