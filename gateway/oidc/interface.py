"""The requests of the API to sign in with the district's OpenID provider."""

from chassis.rpc.interface import Answer, Flag, Request, Text, text


class BeginSignIn(Request):
    return_to = Text(
        required=True,
        most=500,
        example="cn.linli.app:/signed-in",
        description="where the provider sends the person back to; one of LINLI_OIDC_RETURN_TO, sign by sign",
    )


class SignInBegun(Answer):
    address = text("https://idp.example/authorize?client_id=linli&state=5sT…", description="open it in the person's browser")
    state = text("5sTq3…", description="the provider gives it back; compare it")
    ceremony = text("gAAAAB…", description="keep it, and send it with the code; valid for 10 minutes")


class FinishSignIn(Request):
    ceremony = Text(required=True, most=4000, example="gAAAAB…", description="of POST /auth/oidc")
    code = Text(required=True, most=2000, example="SplxlOBeZQQYbYS6WxSbIA", description="what the provider has given back")
    state = Text(required=True, most=200, example="5sTq3…", description="what the provider has given back")
    cookie = Flag(example=False, description="for browsers: put the token into an HttpOnly cookie")
