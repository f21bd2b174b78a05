# Health check of MongoDB's container, in one bash without a fork: 0 where mongod answers a `ping` (which needs no sign-in).
# By the container's own name: while the image makes its first user, a mongod listens on 127.0.0.1 that goes away again.
exec 3<>"/dev/tcp/${1:-$HOSTNAME}/${2:-27017}" || exit 1
# OP_MSG: length 51, request 1, opcode 2013, no flags, {ping: 1, $db: "admin"} in BSON
printf '3\0\0\0\1\0\0\0\0\0\0\0\335\7\0\0\0\0\0\0\0\36\0\0\0\20ping\0\1\0\0\0\2$db\0\6\0\0\0admin\0\0' >&3
IFS= read -r -t 4 -d k answer <&3 && [[ $answer == *o ]] # the first letters of the reply's {ok: 1}
