"""Which variables say where a CI job has its checkout?"""

CHECKOUTS = (
    "GITHUB_WORKSPACE",  # GitHub and Gitea
    "CI_PROJECT_DIR",  # GitLab
    "BUILD_SOURCESDIRECTORY",  # Azure
)
