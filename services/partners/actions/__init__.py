"""What partners can do: one public function per business verb, in a module per noun."""
