"""Inspects one file by parsing it, in a child process with little memory and time. Nothing here runs in a web process."""
