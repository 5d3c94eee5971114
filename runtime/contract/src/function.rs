/// A function that handlers may import, as a core module imports it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Function {
    /// The interface: `evroute:sip/types@0.1.0`.
    pub interface: &'static str,
    /// Its name there: `[method]message.call-id`.
    pub name: &'static str,
    /// What a core module passes.
    pub parameters: &'static [CoreType],
    /// What it gets back.
    pub result: Option<CoreType>,
    /// For each argument, the resource whose handle it is: `table`. No two resources have the same
    /// name.
    pub lends: &'static [Option<&'static str>],
    /// The resource of the handles in its answer, wherever in it they are.
    pub gives: Option<&'static str>,
}

/// A value of core WebAssembly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CoreType {
    /// A number of up to 32 bits, a pointer, a length or a handle.
    I32,
    /// A number of 64 bits.
    I64,
    /// A float of 32 bits.
    F32,
    /// A float of 64 bits.
    F64,
}

impl CoreType {
    /// As WebAssembly text spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

impl Function {
    /// The resource and the function in it, `("message", "call-id")`; no resource for a function of
    /// the interface.
    #[must_use]
    pub fn parts(&self) -> (Option<&'static str>, &'static str) {
        let plain = self.name.rsplit(']').next().unwrap_or(self.name);
        match plain.split_once('.') {
            Some((resource, function)) => (Some(resource), function),
            None => (None, plain),
        }
    }

    /// What core WebAssembly calls it where it needs a name: `sip.message.call-id`, `log.log`. Its
    /// first word is the interface, or the package where the interface is `types`.
    #[must_use]
    pub fn symbol(&self) -> String {
        let interface = self.interface.split('@').next().unwrap_or_default();
        let path = interface.rsplit(':').next().unwrap_or_default();
        let (package, name) = path.split_once('/').unwrap_or((path, path));
        let first = if name == "types" { package } else { name };
        match self.parts() {
            (Some(resource), name) => format!("{first}.{resource}.{name}"),
            (None, name) => format!("{first}.{name}"),
        }
    }
}
