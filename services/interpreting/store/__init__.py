"""All access to interpreting's database: bookings and roster, claims of days, the search for interpreters, read copies."""
