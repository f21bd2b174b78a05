"""Rules on documents that applicants upload: what is required, whether one fits, how they are stored."""
