#!/bin/bash
# Starts nginx with what depends on the public address: where people come by https, answers of the gateway's own say so (HSTS), too.
set -eu
out=${IMC_GATEWAY_DIR:-/tmp}
rm -f "$out/imc-public.conf"
case "${IMC_PUBLIC_URL:-}" in
  https://*) echo '1 "max-age=31536000; includeSubDomains";' >"$out/imc-public.conf" ;;
esac
exec nginx -g "daemon off;" "$@"
