"""Connect an account at X by a token, begin to connect one by its user's consent, list what is connected, remove it.

Nothing is posted: the token is made up, so that X would refuse it, and the account is paused at once. To ask for
consent, the deployment needs an app of yours at X, as "Connect X" in the README says; without one, it says so.

    .venv/bin/python examples/connect_account.py
"""

import httpx2

from flywheel_api import Refused, connect


def main() -> None:
    with connect("admin") as api:
        account = by_token(api)
        try:
            api.patch(account, json={"enabled": False})
            print("Paused it.")
            list_accounts(api)
            by_consent(api)
        finally:
            api.delete(account)
        print("\nRemoved the account and its token.")
        list_accounts(api)


def by_token(api: httpx2.Client) -> str:
    """With a token you have: it goes to Secrets Manager, and no answer ever shows it. The account's path."""
    body = {"network": "twitter", "name": "Example", "access_token": "made-up-token"}
    account = api.post("/api/accounts", json=body).json()
    path = f"/api/accounts/{account['account_id']}"
    print(f"Connected {account['name']} by its token: {path}")
    return path


def by_consent(api: httpx2.Client) -> None:
    """By OAuth 2: the account's user agrees at X, and Flywheel gets tokens, which it renews by itself."""
    body = {"network": "twitter", "redirect_uri": "http://localhost:8000/connected"}
    try:
        begun = api.post("/api/accounts/authorizations", json=body).json()
    except Refused as refused:
        if refused.status != httpx2.codes.CONFLICT:
            raise
        print(f"\nConsent cannot be asked for here:\n{refused}")
        return
    print(f"\nTo connect one by its user's consent, have the user open this before {begun['expires_at']}:")
    print(f"  {begun['authorization_url']}")
    print("X then sends the browser to the redirect_uri, with `code` and `state`. Post both to")
    print(f"  /api/accounts/authorizations/{begun['authorization_id']}")


def list_accounts(api: httpx2.Client) -> None:
    accounts = api.get("/api/accounts", params={"limit": 100}).json()["items"]
    print(f"\nConnected accounts: {len(accounts)}")
    for account in accounts:
        state = account["state"] if account["enabled"] else "paused"
        print(f"  {account['name']}, {account['network']}, posts by {account['publisher']}: {state}")


if __name__ == "__main__":
    main()
