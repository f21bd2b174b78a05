"""What intake can do: one public function for each verb, in a module for each noun. Every action takes the `Dependencies`."""
