"""Sign-in with the district's OpenID provider. It knows no Flask."""
