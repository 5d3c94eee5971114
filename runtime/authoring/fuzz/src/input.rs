//! What a handler is given in one execution.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use evroute_cases::{Draft, DraftValue};
use evroute_tap::WitValue;

/// Functions by interface and name, as [`evroute_tap::HostFunction`] has them.
pub(crate) type FunctionName = (String, String);

/// An event, what the handler finds, and what the server answers otherwise than it would.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) draft: Draft,
    /// For each function the answers to its first calls; none leaves a call to whoever answers it
    /// otherwise.
    pub(crate) answers: BTreeMap<FunctionName, Vec<Option<WitValue>>>,
}

impl Input {
    pub(crate) fn new(draft: Draft) -> Self {
        Self {
            draft,
            answers: BTreeMap::new(),
        }
    }

    /// How large it is, bytes: shorter inputs are easier to understand.
    pub(crate) fn size(&self) -> usize {
        let message = self.draft.message().map_or(0, <[u8]>::len);
        let fields = self.draft.fields().into_iter();
        let fields: usize = fields
            .map(|(name, value)| match value {
                DraftValue::Number(_) => name.len() + 8,
                DraftValue::Text(text) => name.len() + text.len(),
                DraftValue::Bytes(bytes) => name.len() + bytes.len(),
            })
            .sum();
        let answers = self.answers.values().flatten().flatten();
        let answers: usize = answers.map(|answer| 16 + answer.bytes()).sum();
        message + fields + answers
    }

    /// A number that equal inputs have in common: what they are called by.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.draft.event().hash(&mut hasher);
        self.draft.message().hash(&mut hasher);
        self.draft.seed().hash(&mut hasher);
        format!("{:?}", self.draft.fields()).hash(&mut hasher);
        for (function, answers) in &self.answers {
            function.hash(&mut hasher);
            format!("{answers:?}").hash(&mut hasher);
        }
        hasher.finish()
    }
}
