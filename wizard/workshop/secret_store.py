"""Secret Manager's secrets and their versions; and what a revision finds of them when it starts."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any, Final

from google.cloud import secretmanager_v1

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.faults import Fault, Faults
from wizard.workshop.messages import Message, copied, now
from wizard.workshop.paging import page
from wizard.workshop.place import Place
from wizard.workshop.policies import Policies
from wizard.workshop.resource_names import last
from wizard.workshop.state import State

_Secret: Any = secretmanager_v1.Secret.pb()
_Version: Any = secretmanager_v1.SecretVersion.pb()
_ENABLED: Final = int(secretmanager_v1.SecretVersion.State.ENABLED)


class SecretMissingError(Exception):
    """A revision cannot have the secret; the text is Cloud Run's."""


class SecretStore:
    """Thread-safe. Values are kept with the state, which nobody else on this machine may read, and never logged."""

    def __init__(self, state: State, policies: Policies, faults: Faults, place: Place) -> None:
        self._state = state
        self._policies = policies
        self._faults = faults
        self._place = place
        self._secrets: dict[str, Message] = {
            name: _Secret.FromString(data) for name, data in state.shelf.rows("secret")
        }
        self._values: dict[str, list[bytes]] = {
            name: [b64decode(each) for each in json.loads(data)] for name, data in state.shelf.rows("secret-values")
        }

    def create(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "secretmanager.secrets.create", request.parent)
        name = f"projects/{self._place.project}/secrets/{request.secret_id}"
        with self._state.lock:
            if name in self._secrets:
                raise ApiError(Code.ALREADY_EXISTS, f"Secret [{self._public(name)}] already exists.")
            secret = copied(request.secret)
            secret.name = name
            secret.create_time.CopyFrom(now())
            self._secrets[name] = secret
            self._values[name] = []
            self._keep(name)
            return self._shown(secret)

    def get(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "secretmanager.secrets.get", request.name)
        with self._state.lock:
            return self._shown(self._find(request.name))

    def list(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "secretmanager.secrets.list", request.parent)
        with self._state.lock:
            shown, token = page(list(self._secrets.values()), request.page_size, request.page_token)
            return secretmanager_v1.ListSecretsResponse.pb()(
                secrets=[self._shown(each) for each in shown], next_page_token=token, total_size=len(self._secrets)
            )

    def delete(self, request: Any, caller: str) -> None:
        self._policies.require(caller, "secretmanager.secrets.delete", request.name)
        with self._state.lock:
            name = self._find(request.name).name
            del self._secrets[name], self._values[name]
            self._state.shelf.change([("secret", name, None), ("secret-values", name, None)])
            self._policies.forget(name)

    def add_version(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "secretmanager.versions.add", request.parent)
        with self._state.lock:
            name = self._find(request.parent).name
            self._values[name].append(request.payload.data)
            self._keep(name)
            return self._version(name, len(self._values[name]))

    def get_version(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "secretmanager.versions.get", request.name)
        with self._state.lock:
            name, number = self._find_version(request.name)
            return self._version(name, number)

    def access_version(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "secretmanager.versions.access", request.name)
        with self._state.lock:
            name, number = self._find_version(request.name)
            answer = secretmanager_v1.AccessSecretVersionResponse.pb()(name=f"{self._public(name)}/versions/{number}")
            answer.payload.data = self._values[name][number - 1]
            return answer

    def value_for(self, revision: Message, secret: str, version: str) -> str:
        """What that revision finds. `secret` is a name, or projects/P/secrets/NAME. Raises SecretMissingError."""
        name = f"projects/{self._place.project}/secrets/{last(secret)}"
        shown = f"{self._public(name)}/versions/{version}"
        if self._faults.take(Fault.SECRET_DENIED):
            raise SecretMissingError(
                f"Permission denied on secret: {shown} for Revision service account {revision.service_account}. The "
                "service account used must be granted the 'Secret Manager Secret Accessor' role "
                "(roles/secretmanager.secretAccessor) at the secret, project or higher level."
            )
        with self._state.lock:
            values = self._values.get(name)
            number = len(values or ()) if version == "latest" else int(version) if version.isdigit() else 0
            if not values or not 1 <= number <= len(values):
                raise SecretMissingError(f"Secret {shown} was not found")
            return values[number - 1].decode("utf-8", errors="replace")

    def _canonical(self, name: str) -> str:
        return f"projects/{self._place.project}/secrets/{name.split('/')[3] if name.count('/') >= 3 else ''}"

    def _public(self, name: str) -> str:
        """Secret Manager answers with the project's number."""
        return f"projects/{self._place.project_number}/secrets/{last(name)}"

    def _find(self, name: str) -> Message:
        secret = self._secrets.get(self._canonical(name))
        if secret is None:
            raise ApiError(Code.NOT_FOUND, f"Secret [{self._public(self._canonical(name))}] not found.")
        return copied(secret)

    def _find_version(self, full: str) -> tuple[str, int]:
        name = self._find(full).name
        version = last(full)
        count = len(self._values[name])
        number = count if version == "latest" else int(version) if version.isdigit() else 0
        if not 1 <= number <= count:
            raise ApiError(Code.NOT_FOUND, f"Secret Version [{self._public(name)}/versions/{version}] not found.")
        return name, number

    def _version(self, name: str, number: int) -> Message:
        made = _Version(name=f"{self._public(name)}/versions/{number}", state=_ENABLED)
        made.create_time.CopyFrom(self._secrets[name].create_time)
        return made

    def _shown(self, secret: Message) -> Message:
        shown = copied(secret)
        shown.name = self._public(secret.name)
        return shown

    def _keep(self, name: str) -> None:
        values = json.dumps([b64encode(each).decode() for each in self._values[name]]).encode()
        self._state.shelf.change(
            [("secret", name, self._secrets[name].SerializeToString()), ("secret-values", name, values)]
        )
