# Health check of a web container, in one bash without a fork: 0 where the service says it is ready, else 1 with a line why.
# $1: the service.
port=${2:-8000}
if ! exec 3<>"/dev/tcp/127.0.0.1/$port"; then
  echo "$1 web: nobody listens"
  exit 1
fi 2>/dev/null
printf 'GET /%s/readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$1" >&3
if ! IFS= read -r -t 4 line <&3; then
  echo "$1 web: no answer"
  exit 1
fi
case $line in
  "HTTP/1."?" 200 "*) exit 0 ;;
esac
while IFS= read -r -t 1 body || [ -n "$body" ]; do last=$body body=; done <&3
echo "$1 web: ${line%$'\r'} $last"
exit 1
