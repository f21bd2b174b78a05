"""marshmallow shapes of what comes in and goes out over HTTP: programmes, applications, forms of the pages."""
