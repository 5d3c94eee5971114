//! Tokens of the admin port: who made which, what each reaches, until when.

mod call_rate;
mod keeping;
mod token_file;
mod token_record;
mod token_rpc;
mod token_secret;
mod token_store;

pub(crate) use call_rate::{AddressRates, CallLimit};
pub(crate) use keeping::{keep_last_used, open};
pub use token_file::TokenFileError;
pub use token_record::{NewToken, TokenRecord};
pub(crate) use token_rpc::add;
pub use token_secret::TokenSecret;
pub(crate) use token_store::ShownToken;
pub use token_store::{TokenRefusal, TokenStore};
