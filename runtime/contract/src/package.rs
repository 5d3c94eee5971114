/// A package of `wit/deps`: one folder with one file.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its name, `sip`.
    pub name: &'static str,
    /// Where it lies below `wit/deps`: `sip@0.1.0/sip.wit`.
    pub path: &'static str,
    /// The file's text.
    pub text: &'static str,
}
