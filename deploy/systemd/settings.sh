#!/bin/sh
# Writes the settings of a new installation to /etc/linli, with fresh passwords and keys. Changes nothing if they exist.
#   common.env      every process
#   <service>.env   one process: its database, its user at the broker, its side port; the gateway also signs calls
#   deploy.env      migrations and the broker's definitions; no process reads it
set -eu
umask 077
folder=${1:-/etc/linli}
linli=${LINLI:-/opt/linli/bin/linli}
[ ! -e "$folder/common.env" ] || { echo "$folder/common.env exists: nothing is changed"; exit 0; }
install -d -m 0700 "$folder"
new() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

signing=$("$linli" new-key signing)
{
    echo "LINLI_DEMO=false"
    "$linli" new-key secret
    "$linli" new-key encryption
    "$linli" new-key index
    echo "$signing" | grep ^LINLI_VERIFY_KEYS=
} >"$folder/common.env"

port=9001
: >"$folder/deploy.env"
for service in booking cases events notify gateway; do
    name=$(echo $service | tr a-z A-Z) database=$(new) broker=$(new)
    {
        echo "LINLI_DATABASE_URL=postgresql://$service:$database@127.0.0.1:5432/$service"
        echo "LINLI_AMQP_URI=amqp://$service:$broker@127.0.0.1:5672/linli"
        echo "LINLI_SIDE_PORT=$port"
    } >"$folder/$service.env"
    {
        echo "LINLI_DB_PASSWORD_$name=$database"
        echo "LINLI_DATABASE_URL_$name=postgresql://$service:$database@127.0.0.1:5432/$service"
        echo "LINLI_AMQP_${name}_PASSWORD=$broker"
    } >>"$folder/deploy.env"
    port=$((port + 1))
done
echo "$signing" | grep ^LINLI_SIGNING_KEY= >>"$folder/gateway.env"
deployment=$(new)
{
    echo "LINLI_HOME=/var/lib/linli"
    echo "LINLI_AMQP_PASSWORD=$deployment"
    echo "LINLI_AMQP_ADMIN_PASSWORD=$(new)"
    echo "LINLI_AMQP_ORG1_PASSWORD=$(new)"
    echo "LINLI_AMQP_URI=amqp://linli:$deployment@127.0.0.1:5672/linli"
} >>"$folder/deploy.env"
echo "written: $folder"
