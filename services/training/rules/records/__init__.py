"""The records of training, one module for each noun. Days are ISO strings in the hospital's zone, moments are `datetime`; `sealed` is encrypted."""
