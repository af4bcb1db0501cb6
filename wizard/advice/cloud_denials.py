"""What Cloud Run may not do, and what may not be asked of it: permissions, secrets, keys, policies, APIs."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.advice.cause import CauseKind
from wizard.advice.cloud_scene import UNKNOWN_ACCOUNT, rule

_APIS = {
    "cloud run admin api": "run.googleapis.com",
    "artifact registry api": "artifactregistry.googleapis.com",
    "secret manager api": "secretmanager.googleapis.com",
    "cloud logging api": "logging.googleapis.com",
    "service usage api": "serviceusage.googleapis.com",
    "cloud resource manager api": "cloudresourcemanager.googleapis.com",
    "identity and access management (iam) api": "iam.googleapis.com",
    "serverless vpc access api": "vpcaccess.googleapis.com",
    "compute engine api": "compute.googleapis.com",
    "cloud sql admin api": "sqladmin.googleapis.com",
    "cloud key management service (kms) api": "cloudkms.googleapis.com",
}
"""The name an error gives to an API → the name that switches it on."""

_ROLES = (
    ("run.services.setIamPolicy", "roles/run.admin"),
    ("run.", "roles/run.developer"),
    ("artifactregistry.repositories.create", "roles/artifactregistry.admin"),
    ("artifactregistry.repositories.upload", "roles/artifactregistry.writer"),
    ("artifactregistry.", "roles/artifactregistry.reader"),
    ("iam.serviceaccounts.actas", "roles/iam.serviceAccountUser"),
    ("secretmanager.versions.access", "roles/secretmanager.secretAccessor"),
    ("secretmanager.", "roles/secretmanager.admin"),
    ("logging.", "roles/logging.viewer"),
    ("serviceusage.services.enable", "roles/serviceusage.serviceUsageAdmin"),
    ("serviceusage.", "roles/serviceusage.serviceUsageConsumer"),
)
"""Beginning of a permission → the smallest of Google's roles that holds it; the first that fits."""

_CONSTRAINTS = {
    "iam.allowedPolicyMemberDomains": (
        "Set target.access to private and name callers of your organisation under target.invokers; or, where the"
        " organisation allows that, to public-without-check."
    ),
    "run.allowedIngress": "Set target.ingress to internal or internal-and-load-balancer.",
    "run.allowedVPCEgress": "Name a network under target.vpc with egress all-traffic.",
    "run.allowedBinaryAuthorizationPolicies": "Name the organisation's policy under target.binary_authorization.",
    "run.managed.requireInvokerIam": "Set target.access to private.",
    "gcp.restrictNonCmekServices": "Name a key of the organisation under target.encryption_key.",
    "gcp.resourceLocations": "Choose a region the organisation allows as target.region.",
}


def _role(permission: str) -> str:
    return next((role for start, role in _ROLES if permission.lower().startswith(start.lower())), "")


def _api(words: Mapping[str, str]) -> Mapping[str, str]:
    known = words["id"] or _APIS.get(words["api"].lower(), "API_NAME")
    return {"id": known, "api": words["api"] or "API"}


def _permission(words: Mapping[str, str]) -> Mapping[str, str]:
    role = _role(words["permission"])
    if not role:
        return {"ask": f"Ask an owner of the project {words['project']} for a role that holds {words['permission']}."}
    return {
        "ask": "Ask an owner of the project to run: "
        f"gcloud projects add-iam-policy-binding {words['project']} --member={words['member']} --role={role}"
    }


def _constraint(words: Mapping[str, str]) -> Mapping[str, str]:
    named = words["constraint"] or ("iam.allowedPolicyMemberDomains" if words["customer"] else "")
    advice = next((text for name, text in _CONSTRAINTS.items() if name.lower() == named.lower()), "")
    also = "Only an administrator of the organisation can make an exception for the project."
    return {"policy": f" {named}" if named else "", "advice": f"{advice} {also}" if advice else also}


def _secret(words: Mapping[str, str]) -> Mapping[str, str]:
    return {
        "secret": words["secret"] or "SECRET",
        # The account the service is known to run as, before one that a line names: lines of the log are the container's to
        # write, and the advice is to give the account a right.
        "runtime": words["asked"] if words["asked"] and words["runtime"] == UNKNOWN_ACCOUNT else words["runtime"],
        "owner": words["owner"] or words["project"],
    }


def _key(words: Mapping[str, str]) -> Mapping[str, str]:
    parts = {"owner": words["project"], "place": words["region"], "ring": "KEY_RING", "key": "KEY"}
    return {name: words[name] or word for name, word in parts.items()}


_SECRET = r"projects/(?P<owner>[\w.:-]+)/secrets/(?P<secret>[\w-]+)(?:/versions/(?P<version>\w+))?"
_KEY = r"projects/(?P<owner>[\w.:-]+)/locations/(?P<place>[\w-]+)/keyRings/(?P<ring>[\w-]+)/cryptoKeys/(?P<key>[\w-]+)"

DENIALS = (
    rule(
        CauseKind.API_DISABLED,
        r"(?P<api>(?:[a-z][\w()]* ){1,7}API) has not been used in project (?:[\s\S]*?/apis/api/(?P<id>[\w.]+googleapis\.com))?",
        title="The {api} is switched off in the project.",
        why="A project has each of Google's APIs switched off until somebody enables it.",
        fix="gcloud services enable {id} --project={project}",
        reasons=("SERVICE_DISABLED",),
        fill=_api,
    ),
    rule(
        CauseKind.ORG_POLICY,
        r"constraints/(?P<constraint>[\w.]+)|(?P<customer>permitted customer)|organi[sz]ation policy",
        title="A policy of your organisation{policy} forbids it.",
        why="It stands above the project: no role in the project outweighs it.",
        fix="{advice}",
        fill=_constraint,
    ),
    rule(
        CauseKind.ACT_AS_DENIED,
        r"iam\.serviceaccounts\.actas['\"]? denied on service account (?P<asked>[\w.@:-]+[\w])",
        title="You may not let a service run as {asked}.",
        why="Who deploys a service must hold iam.serviceAccounts.actAs on the account it runs as. Or there is no such account.",
        fix="Ask an owner of the project to run: gcloud iam service-accounts add-iam-policy-binding {asked}"
        " --project={project} --member={member} --role=roles/iam.serviceAccountUser",
    ),
    rule(
        CauseKind.IMAGE_UNREADABLE,
        r"(?P<reader>service-\d+@[\w.-]+gserviceaccount\.com)? must have permission to read the image",
        title="Cloud Run may not read the image.",
        why="Its service agent {reader} lacks the right to read the repository, as is usual where that is another project's.",
        fix="gcloud artifacts repositories add-iam-policy-binding {repository} --location={region} --project={project}"
        " --member=serviceAccount:{reader} --role=roles/artifactregistry.reader",
        reasons=("CONTAINER_PERMISSION_DENIED",),
        fill=lambda words: {"reader": words["reader"] or words["agent"]},
    ),
    rule(
        CauseKind.SECRET_MISSING,
        rf"{_SECRET}[^.]{{0,40}}(?:not found|does not exist)",
        title="There is no secret {secret}, or no such version of it.",
        why="The service takes it from Secret Manager when an instance starts.",
        fix="gcloud secrets create {secret} --project={owner} --replication-policy=automatic, then gcloud secrets versions"
        " add {secret} --project={owner} --data-file=FILE",
        fill=lambda words: _secret({"asked": "", **words}),
    ),
    rule(
        CauseKind.SECRET_DENIED,
        rf"Permission denied on secret: {_SECRET} for Revision service account (?P<asked>[\w.@:-]*\w)",
        title="The service may not read the secret {secret}.",
        why="The account it runs as, {runtime}, lacks the right to it.",
        fix="gcloud secrets add-iam-policy-binding {secret} --project={owner} --member=serviceAccount:{runtime}"
        " --role=roles/secretmanager.secretAccessor",
        reasons=("SECRETS_ACCESS_CHECK_FAILED",),
        fill=_secret,
    ),
    rule(
        CauseKind.SECRET_DENIED,
        rf"(?:fetch|access) secret[^.]{{0,20}}{_SECRET}.*denied|'secretmanager\.versions\.access' denied",
        title="The service may not read the secret {secret}.",
        why="The account it runs as, {runtime}, lacks the right to it.",
        fix="gcloud secrets add-iam-policy-binding {secret} --project={owner} --member=serviceAccount:{runtime}"
        " --role=roles/secretmanager.secretAccessor",
        fill=lambda words: _secret({"asked": "", **words}),
    ),
    rule(
        CauseKind.KEY_DENIED,
        _KEY,
        title="Cloud Run may not use the encryption key {key}.",
        why="Its service agent lacks the right to it, or the key is disabled or in another region.",
        fix="gcloud kms keys add-iam-policy-binding {key} --keyring={ring} --location={place} --project={owner}"
        " --member=serviceAccount:{agent} --role=roles/cloudkms.cryptoKeyEncrypterDecrypter",
        reasons=("ENCRYPTION_KEY_PERMISSION_DENIED", "ENCRYPTION_KEY_CHECK_FAILED"),
        fill=_key,
    ),
    rule(
        CauseKind.IMAGE_REFUSED,
        r"binary authorization|denied by (?:an )?(?:attestor|policy)|attestation",
        title="Binary Authorization does not let the image run.",
        why="The policy asks for an attestation that the image does not have, or refuses its repository.",
        fix="Have the image attested, or name a policy that allows it under target.binary_authorization; gcloud container"
        " binauthz policy export --project={project} shows the one in force.",
        reasons=("CONTAINER_IMAGE_UNAUTHORIZED", "CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED"),
    ),
    rule(
        CauseKind.NOT_PERMITTED,
        r"permission [\"']?(?P<permission>[a-z]+\.[\w.]+)[\"']? denied",
        title="Your account lacks the permission {permission}.",
        why="Or what it is asked on does not exist: Google does not say which, to who may not see it.",
        fix="{ask}",
        fill=_permission,
    ),
    rule(
        CauseKind.NOT_PERMITTED,
        r"caller does not have permission",
        title="Your account may not do this in the project {project}.",
        why="The answer does not name the permission that is missing.",
        fix="Ask an owner of the project to run: gcloud projects add-iam-policy-binding {project} --member={member}"
        " --role=roles/run.developer",
        reasons=("PERMISSION_DENIED",),
    ),
)
"""Particular ones before general ones."""
