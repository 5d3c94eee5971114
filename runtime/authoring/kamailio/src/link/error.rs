use wasm_encoder::reencode;

use crate::code::{Callee, Global};

/// Why code and runtime do not come together. The tables and the runtime contradict each other, or
/// the code generator is wrong: never what a configuration says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("nothing is called {0:?}")]
    Function(Callee),
    #[error("no global is called {0:?}")]
    Global(Global),
    #[error("the linker gives the runtime no {0}")]
    Address(String),
    #[error("the runtime has no name for its {0}")]
    Unnamed(&'static str),
    #[error("the runtime cannot be read: {0}")]
    Binary(#[from] wasmparser::BinaryReaderError),
    #[error("the runtime cannot be linked: {0}")]
    Instruction(String),
}

impl From<reencode::Error<Error>> for Error {
    fn from(error: reencode::Error<Error>) -> Self {
        match error {
            reencode::Error::UserError(own) => own,
            reencode::Error::ParseError(parse) => Self::Binary(parse),
            other => Self::Instruction(other.to_string()),
        }
    }
}
