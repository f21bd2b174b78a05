"""Health check of a web container: exit 0 where the service says it is ready, else 1 with a line why."""

import http.client
import sys

PORT = 8000


def main(service: str) -> int:
    """Asks this container's own process; prints what is wrong."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=4)
    try:
        connection.request("GET", f"/{service}/readyz")
        answer = connection.getresponse()
        wrong = None if answer.status == 200 else f"{answer.status} {answer.read(500).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        wrong = f"no answer ({type(error).__name__})"
    if wrong:
        print(f"{service} web: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
