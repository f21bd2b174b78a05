"""Judges one file by parsing it: the program of a child process with little memory and time. Nothing here runs in a web process."""
