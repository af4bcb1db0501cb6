"""Artifact Registry's repositories, and what lies in them, asked of the registry behind."""

from __future__ import annotations

from typing import Any, Final

from google.cloud import artifactregistry_v1
from google.protobuf import empty_pb2

from wizard.workshop.api_error import ApiError, Code, Violation
from wizard.workshop.messages import Message, OperationMessage, copied, now
from wizard.workshop.operations import Operations
from wizard.workshop.paging import page
from wizard.workshop.policies import Policies
from wizard.workshop.registry_contents import RegistryContents
from wizard.workshop.resource_names import REPOSITORY, last, location
from wizard.workshop.state import State

_Repository: Any = artifactregistry_v1.Repository.pb()
_DOCKER: Final = int(artifactregistry_v1.Repository.Format.DOCKER)


class Repositories:
    """Thread-safe."""

    def __init__(self, state: State, operations: Operations, policies: Policies) -> None:
        self._state = state
        self._operations = operations
        self._policies = policies
        self.registry = ""
        """HOST:PORT of the registry behind; "" where there is none, and then repositories answer Google's names."""
        self._repositories: dict[str, Message] = {
            name: _Repository.FromString(data) for name, data in state.shelf.rows("repository")
        }

    def get(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "artifactregistry.repositories.get", request.name)
        with self._state.lock:
            return self._shown(self._find(request.name))

    def list(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "artifactregistry.repositories.list", request.parent)
        with self._state.lock:
            found = [each for name, each in self._repositories.items() if name.startswith(f"{request.parent}/")]
            shown, token = page(found, request.page_size, request.page_token)
            return artifactregistry_v1.ListRepositoriesResponse.pb()(
                repositories=[self._shown(each) for each in shown], next_page_token=token
            )

    def create(self, request: Any, caller: str) -> OperationMessage:
        location(request.parent)
        self._policies.require(caller, "artifactregistry.repositories.create", request.parent)
        if REPOSITORY.fullmatch(request.repository_id) is None:
            raise ApiError(
                Code.INVALID_ARGUMENT,
                "invalid repository_id: must begin with a letter, and contain only lower-case letters, digits and hyphens",
                [Violation("repository_id", "is no repository name")],
            )
        if request.repository.format_ != _DOCKER:
            raise ApiError(Code.INVALID_ARGUMENT, "The local Artifact Registry has repositories of format DOCKER only.")
        name = f"{request.parent}/repositories/{request.repository_id}"
        with self._state.lock:
            if name in self._repositories:
                raise ApiError(Code.ALREADY_EXISTS, "the repository already exists")
            repository = copied(request.repository)
            repository.name = name
            repository.create_time.CopyFrom(now())
            repository.update_time.CopyFrom(repository.create_time)
            self._repositories[name] = repository
            self._state.shelf.put("repository", name, repository.SerializeToString())
            return self._done(request.parent, self._shown(repository))

    def delete(self, request: Any, caller: str) -> OperationMessage:
        self._policies.require(caller, "artifactregistry.repositories.delete", request.name)
        with self._state.lock:
            self._find(request.name)
            del self._repositories[request.name]
            self._state.shelf.remove("repository", request.name)
            self._policies.forget(request.name)
        contents = self._contents(request.name)
        for package in contents.packages():
            contents.delete_package(package)
        return self._done(request.name.partition("/repositories/")[0], empty_pb2.Empty())

    def images(self, request: Any, caller: str) -> Message:
        """Every image by digest, with its tags."""
        self._policies.require(caller, "artifactregistry.dockerimages.list", request.parent)
        with self._state.lock:
            uri = self._shown(self._find(request.parent)).registry_uri
        contents = self._contents(request.parent)
        found = [
            artifactregistry_v1.DockerImage.pb()(
                name=f"{request.parent}/dockerImages/{package}@{image.digest}",
                uri=f"{uri}/{package}@{image.digest}",
                tags=image.tags,
                image_size_bytes=image.size,
                media_type=image.media_type,
            )
            for package in contents.packages()
            for image in contents.images(package)
        ]
        shown, token = page(found, request.page_size, request.page_token)
        return artifactregistry_v1.ListDockerImagesResponse.pb()(docker_images=shown, next_page_token=token)

    def packages(self, request: Any, caller: str) -> Message:
        self._policies.require(caller, "artifactregistry.packages.list", request.parent)
        with self._state.lock:
            self._find(request.parent)
        found = [
            artifactregistry_v1.Package.pb()(name=f"{request.parent}/packages/{each}", display_name=each)
            for each in self._contents(request.parent).packages()
        ]
        shown, token = page(found, request.page_size, request.page_token)
        return artifactregistry_v1.ListPackagesResponse.pb()(packages=shown, next_page_token=token)

    def delete_package(self, request: Any, caller: str) -> OperationMessage:
        """One image name with all its versions."""
        self._policies.require(caller, "artifactregistry.packages.delete", request.name)
        repository, _, package = request.name.partition("/packages/")
        with self._state.lock:
            self._find(repository)
        if not self._contents(repository).delete_package(package.replace("%2F", "/")):
            raise ApiError(Code.NOT_FOUND, "Requested entity was not found.")
        return self._done(repository.partition("/repositories/")[0], empty_pb2.Empty())

    def delete_version(self, request: Any, caller: str) -> OperationMessage:
        """One image by its digest."""
        self._policies.require(caller, "artifactregistry.versions.delete", request.name)
        package_name, _, digest = request.name.partition("/versions/")
        repository, _, package = package_name.partition("/packages/")
        with self._state.lock:
            self._find(repository)
        if not self._contents(repository).delete_image(package.replace("%2F", "/"), digest):
            raise ApiError(Code.NOT_FOUND, "Requested entity was not found.")
        return self._done(repository.partition("/repositories/")[0], empty_pb2.Empty())

    def test_permissions(self, request: Any, caller: str) -> Message:
        return self._policies.test(caller, request.resource, request.permissions)

    def _find(self, name: str) -> Message:
        repository = self._repositories.get(name)
        if repository is None:
            raise ApiError(Code.NOT_FOUND, f'Repository "{name}" not found.')
        return repository

    def _shown(self, repository: Message) -> Message:
        shown = copied(repository)
        _, project, _, region, _, name = repository.name.split("/")
        shown.registry_uri = f"{self.registry or f'{region}-docker.pkg.dev'}/{project}/{name}"
        return shown

    def _contents(self, name: str) -> RegistryContents:
        _, project, _, _, _, _ = name.split("/")
        return RegistryContents(self.registry, f"{project}/{last(name)}")

    def _done(self, parent: str, response: Message) -> OperationMessage:
        return self._operations.done(parent, response, artifactregistry_v1.OperationMetadata.pb()())
