"""`linli new-key`: prints a new secret for a setting."""

import click
from cryptography.fernet import Fernet

from chassis.config import new_secret
from chassis.rpc import signing


@click.command("new-key")
@click.argument("kind", type=click.Choice(["signing", "encryption", "index", "secret"]))
def command(kind: str) -> None:
    """Print a new key: `signing` for LINLI_SIGNING_KEY and LINLI_VERIFY_KEYS, `encryption` for LINLI_ENCRYPTION_KEYS, `index`
    for LINLI_INDEX_KEYS, `secret` for LINLI_SECRET. Nothing is stored. docs/operations.md says how to change a key while
    everything runs."""
    if kind == "signing":
        private = signing.new_key()
        click.echo(f"LINLI_SIGNING_KEY={private}")
        click.echo(f"LINLI_VERIFY_KEYS={signing.SigningKey(private).public}")
    elif kind == "encryption":
        click.echo(f"LINLI_ENCRYPTION_KEYS={Fernet.generate_key().decode()}")
    else:
        click.echo(f"{'LINLI_SECRET' if kind == 'secret' else 'LINLI_INDEX_KEYS'}={new_secret()}")
