//! What a case says about its databases afterwards.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::cell::Cell;

/// A question to a database and its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    /// The label of the database that is asked: the first one, when absent.
    pub(crate) database: Option<String>,
    pub(crate) query: String,
    pub(crate) are: Vec<Vec<Cell>>,
}

/// One, or several in a list.
pub(crate) fn one_or_several<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Rows>, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = Vec<Rows>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("{ query = \"...\", are = [[...]] }, or a list of these")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Rows>, A::Error> {
            Rows::deserialize(MapAccessDeserializer::new(map)).map(|rows| vec![rows])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<Rows>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }

    deserializer.deserialize_any(Either)
}
