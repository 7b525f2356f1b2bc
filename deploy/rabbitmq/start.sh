#!/bin/sh
# Puts the passwords of the environment into definitions.json, then starts the image's own entrypoint. RabbitMQ imports these
# definitions at every start, so a changed password takes effect with a restart.
#
# definitions.json is generated (`make format`): a user for each service with just its rights, and
#   admin   administrator of the broker, for people; no process uses it
#   linli   the deployment (`linli topology`); may use everything except the queues of outside systems
# outside.json has the users and limits of systems outside the platform. After a change to it run `make format`.
# Only hashes of the passwords are written.
set -eu

# Bytes from hexadecimal digits. POSIX printf has octal escapes only.
bytes() {
    for pair in $(printf '%s' "$1" | sed 's/../& /g'); do
        printf "\\$(printf '%03o' "0x$pair")"
    done
}

# RabbitMQ's hash: four random bytes, and SHA-256 of them and the password, in base64.
hash_of() {
    salt=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
    digest=$({ bytes "$salt"; printf '%s' "$1"; } | sha256sum | cut -c1-64)
    bytes "$salt$digest" | base64
}

# The definitions with the hash of a password in the place of each @NAME_OF_A_VARIABLE@.
filled() {
    script=
    for name in $(sed -n 's/.*"password_hash": "@\([A-Z0-9_]*\)@".*/\1/p' "$1"); do
        password=$(printenv "$name") || { echo "$name is not set" >&2; exit 1; }
        script="$script s|@$name@|$(hash_of "$password")|;"
    done
    sed "$script" "$1"
}

if [ "${1:-}" = --print ]; then  # for tests
    filled "$2"
    exit
fi

umask 077
mkdir -p /etc/rabbitmq/conf.d /etc/rabbitmq/linli
filled /opt/linli/definitions.json >/etc/rabbitmq/linli/definitions.json
echo 'load_definitions = /etc/rabbitmq/linli/definitions.json' >/etc/rabbitmq/conf.d/90-linli.conf
chmod 644 /etc/rabbitmq/conf.d/90-linli.conf
chown -R rabbitmq /etc/rabbitmq/linli
exec docker-entrypoint.sh rabbitmq-server
