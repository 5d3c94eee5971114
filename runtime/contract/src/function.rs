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
}
