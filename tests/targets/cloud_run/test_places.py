"""Where a service can go, as the wizard asks it before there is a plan."""

import pytest

from wizard.plan.cloud_run_regions import REGIONS
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.places import project_problem, regions
from wizard.workshop.local import local_cloud_run


@pytest.fixture
def near(tmp_path):
    with local_cloud_run(tmp_path) as running:
        yield running


@pytest.fixture
def cloud(near):
    with Cloud.local(near.address) as cloud:
        yield cloud


def test_a_project_of_ones_own_is_fine(cloud):
    assert project_problem("demo-project", "us-central1", cloud=cloud) is None


def test_a_project_that_does_not_exist_is_a_problem_at_its_field(cloud):
    problem = project_problem("somebody-elses", "us-central1", cloud=cloud)
    assert problem.field == "target.project"
    assert "somebody-elses" in problem.what
    assert "gcloud projects list" in problem.fix


def test_a_project_one_may_not_see_is_told_like_one_that_does_not_exist(near, cloud):
    near.faults.plant("permission-denied", permission="resourcemanager.projects.get")
    problem = project_problem("demo-project", "us-central1", cloud=cloud)
    assert "may not see it" in problem.what


def test_no_answer_is_no_problem_of_the_project(near, cloud):
    near.faults.plant("unavailable")
    assert project_problem("demo-project", "us-central1", cloud=cloud) is None


def test_a_local_cloud_run_that_does_not_answer_is_a_problem():
    problem = project_problem("demo-project", "us-central1", "http://127.0.0.1:9")
    assert problem.field == "target.project"
    assert "sendoff workshop up" in problem.fix


def test_the_regions_begin_with_the_cheaper_tier():
    tiers = [REGIONS[one.name].tier for one in regions()]
    assert tiers == sorted(tiers)
    assert len(tiers) == len(REGIONS)
    assert any("Iowa" in one.label for one in regions())
