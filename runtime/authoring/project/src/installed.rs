//! Compilers that come from npm or pip: installed once into the cache, in the versions that the
//! example handlers have too.

use std::path::{Path, PathBuf};

use crate::script::{self, Findings};
use crate::{BuildEnv, BuildError, Language};

/// Shell functions that install, and know the versions.
const INSTALL: &str = include_str!("../../../../guest-examples/tools.sh");

/// What asks them: language and cache are its arguments.
const ASK: &str = r#"
say() { echo "build: $*" >&2; }
case $language in
javascript | typescript) find_typescript && find_qjs ;;
python) find_componentize_py ;;
pyright) find_pyright ;;
zig) find_zig ;;
go) find_go ;;
esac
echo "npm=${npm_home:-}/node_modules/.bin"
echo "pip=${pip_home:-}/bin"
echo "typescript=${typescript_home:-}/node_modules/.bin"
echo "go=${go:-}"
echo "wizer=${wizer:-}"
"#;

/// What the packages of a language need themselves: prints Debian's packages that are missing.
fn need(language: Language) -> &'static str {
    match language {
        Language::JavaScript => include_str!("../../../../guest-examples/javascript/need.sh"),
        Language::TypeScript => include_str!("../../../../guest-examples/typescript/need.sh"),
        Language::Python => include_str!("../../../../guest-examples/python/need.sh"),
        Language::Zig => include_str!("../../../../guest-examples/zig/need.sh"),
        Language::Go => include_str!("../../../../guest-examples/go/need.sh"),
        Language::Rust | Language::C | Language::Cpp | Language::Kamailio => "",
    }
}

/// Where the programs of a language are, after they were installed if they had to be.
pub(crate) fn find(
    language: Language,
    root: &Path,
    build_env: &BuildEnv,
) -> Result<Findings, BuildError> {
    let missing = script::shell(need(language), &[], root)?;
    if let Some(packages) = missing.lines().next() {
        return Err(script::missing(
            &format!("what {language} is built with"),
            packages,
        ));
    }
    ask(language.as_str(), root, build_env)
}

/// Pyright, which checks Python in editors and comes from npm.
pub(crate) fn pyright(root: &Path, build_env: &BuildEnv) -> Result<PathBuf, BuildError> {
    let found = ask("pyright", root, build_env)?;
    Ok(Path::new(found.must("npm")?).join("pyright"))
}

fn ask(what: &str, root: &Path, build_env: &BuildEnv) -> Result<Findings, BuildError> {
    let begin = "set -eu\nlanguage=$1 EVROUTE_CACHE=$2 here=$2/$1\n";
    let cache = build_env.cache.to_string_lossy();
    let text = format!("{begin}{INSTALL}{ASK}");
    let found = script::shell(&text, &[what, &cache], root)?;
    Ok(Findings::of(&found))
}
