#!/bin/sh
# Makes what compose.yaml needs for the forges that are named: secrets/ and .env. Keeps secrets that are there.
set -eu
cd "$(dirname "$0")"
umask 077

if [ $# = 0 ]; then
    echo "usage: sh prepare.sh github | github-token | gitlab (or several)" >&2
    exit 2
fi
files=compose.yaml
for forge; do
    case $forge in
    github | github-token | gitlab) files=$files:compose.$forge.yaml ;;
    *) echo "prepare.sh: no forge is called $forge; there are github, github-token and gitlab" >&2 && exit 2 ;;
    esac
done

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# The containers read the secrets as whoever owns them; that must not be root.
owner=$(id -u) group=$(id -g)
[ "$owner" != 0 ] || owner=10001 group=10001

mkdir -p secrets
[ -s secrets/database-password ] || random >secrets/database-password
[ -s secrets/database-url ] ||
    printf 'postgresql://codex_bot:%s@postgres:5432/codex_bot' "$(cat secrets/database-password)" >secrets/database-url
[ -e .env ] || sed "s/^BOT_UID=.*/BOT_UID=$owner/; s/^BOT_GID=.*/BOT_GID=$group/" .env.example >.env
{ grep -v '^COMPOSE_FILE=' .env && echo "COMPOSE_FILE=$files"; } >.env.new
mv .env.new .env

for forge; do
    case $forge in
    github)
        [ -s secrets/github-webhook-secret ] || random >secrets/github-webhook-secret
        echo "- Give the App's webhook the secret in $PWD/secrets/github-webhook-secret;"
        echo "  put the App's private key into $PWD/secrets/github-app-key.pem and its id into .env."
        ;;
    github-token)
        [ -s secrets/github-webhook-secret ] || random >secrets/github-webhook-secret
        echo "- Give each repository's webhook the secret in $PWD/secrets/github-webhook-secret;"
        echo "  put the bot account's token into $PWD/secrets/github-token and its login into .env."
        ;;
    gitlab)
        # GitLab wants base64 of 32 bytes behind whsec_; one older than 19.0 takes it as the secret token, as it is.
        [ -s secrets/gitlab-webhook-secret ] ||
            printf 'whsec_%s' "$(head -c 32 /dev/urandom | base64 | tr -d '\n')" >secrets/gitlab-webhook-secret
        echo "- Give the webhooks the signing token in $PWD/secrets/gitlab-webhook-secret;"
        echo "  put the bot account's token into $PWD/secrets/gitlab-token and its login into .env."
        ;;
    esac
done
[ "$(id -u)" != 0 ] || chown -R "$owner:$group" secrets
echo "- As root, run this again once all files are there, for their owner."
echo "- Fill in $PWD/.env, the model's address first."
echo "- cd $PWD && docker compose up --detach --build"
