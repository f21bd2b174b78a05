"""What a service does with the events it receives: each takes effect once, in order per subject; what fails is deferred or dead-lettered."""
