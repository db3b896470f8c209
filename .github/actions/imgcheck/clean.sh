# Sourced first by the action's scripts: what steps before left in the environment ($GITHUB_ENV, $GITHUB_PATH)
# chooses no code of ours. A program that lies in the checkout is the change's own, and would be handed a token.
while IFS= read -r name; do
  case "$name" in
    GH_TOKEN) ;;
    PYTHON?* | PIP_* | GIT_* | GH_* | LD_* | OPENSSL_* | PERL5* | GCONV_PATH | BASH_ENV | ENV) unset -v "$name" ;;
  esac
done < <(compgen -e)
export PIP_CONFIG_FILE=/dev/null # no configuration at all: --isolated alone reads that of the system

kept=""
while IFS= read -r -d : entry; do
  case "$entry/" in
    "${GITHUB_WORKSPACE:-/nowhere}"/*) ;;
    /*) kept="$kept${kept:+:}$entry" ;;
  esac
done <<< "$PATH:"
export PATH="$kept"
