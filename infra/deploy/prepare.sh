#!/bin/sh
# Makes what compose.yaml needs: passwords in secrets/, and .env. Keeps what is there.
set -eu
cd "$(dirname "$0")"
umask 077

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# The containers read the secrets as whoever owns them; that must not be root.
owner=$(id -u) group=$(id -g)
[ "$owner" != 0 ] || owner=10001 group=10001

mkdir -p secrets
[ -s secrets/database-password ] || random >secrets/database-password
[ -s secrets/database-url ] ||
    printf 'postgresql://codex_bot:%s@postgres:5432/codex_bot' "$(cat secrets/database-password)" >secrets/database-url
[ -s secrets/webhook-secret ] || random >secrets/webhook-secret
[ -e .env ] || sed "s/^BOT_UID=.*/BOT_UID=$owner/; s/^BOT_GID=.*/BOT_GID=$group/" .env.example >.env
[ "$(id -u)" != 0 ] || chown -R "$owner:$group" secrets

echo "1. Give the webhook the secret in $PWD/secrets/webhook-secret."
echo "2. Put the App's private key into $PWD/secrets/app-key.pem; as root, run this again for its owner."
echo "3. Fill in $PWD/.env."
echo "4. cd $PWD && docker compose up --detach --build"
