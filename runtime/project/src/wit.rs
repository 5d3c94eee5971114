//! The released WIT packages, as every project gets a copy of them.

macro_rules! package {
    ($name:literal) => {
        (
            concat!($name, "@0.1.0/", $name, ".wit"),
            include_str!(concat!(
                "../../../wit/deps/",
                $name,
                "@0.1.0/",
                $name,
                ".wit"
            )),
        )
    };
}
/// Path below `wit/deps` and text of each package, from the repository's own `wit/`.
pub(crate) const PACKAGES: &[(&str, &str)] = &[
    package!("core"),
    package!("custom"),
    package!("htable"),
    package!("log"),
    package!("pv"),
    package!("sip"),
    package!("sql"),
    package!("timer"),
    package!("tm"),
    package!("usrloc"),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::PACKAGES;

    #[test]
    fn every_released_package_is_copied() {
        let deps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/deps");
        let mut released: Vec<_> = deps
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        released.sort();
        let copied: Vec<_> = PACKAGES
            .iter()
            .map(|(path, _)| path.split('/').next().unwrap())
            .collect();
        assert_eq!(copied, released);
    }
}
