//! Which response of a forked request goes upstream: RFC 3261 16.7.

use evroute_sip::{HeaderName, Message};

/// The header fields of a 401 and a 407 that ask for credentials.
const CHALLENGES: [HeaderName<'static>; 2] =
    [HeaderName::WwwAuthenticate, HeaderName::ProxyAuthenticate];

/// What to do with a response.
#[derive(Debug)]
pub enum Outcome {
    /// Forward it now.
    Forward(Message),
    /// Forward it now; it ends the request, and all other branches are cancelled.
    ForwardAndCancel(Message),
    /// Keep it: other branches may do better. All of them are cancelled first if `cancel` says so (6xx).
    Wait {
        /// Whether the other branches are to be cancelled.
        cancel: bool,
    },
    /// All branches have failed: forward this one, the best of them.
    ForwardBest(Box<Message>),
    /// Nothing: the request was answered already.
    Nothing,
}

/// The answers to one forwarded request, over all its branches.
#[derive(Debug, Default)]
pub struct ResponseContext {
    pending: usize,
    best: Option<Box<Message>>,
    /// What all 401 and 407 ask for.
    challenges: Vec<(HeaderName<'static>, Vec<u8>)>,
    is_answered: bool,
}

impl ResponseContext {
    /// A context for this many branches.
    #[must_use]
    pub fn new(branches: usize) -> Self {
        Self {
            pending: branches,
            ..Self::default()
        }
    }

    /// Whether a final response went upstream.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.is_answered
    }

    /// A response came from one branch; our Via is off. A final one must be given once per branch.
    pub fn response(&mut self, response: Message) -> Outcome {
        match response.status().unwrap_or_default() {
            // 16.7 step 5: a 100 is hop by hop.
            100 => Outcome::Nothing,
            101..200 if self.is_answered => Outcome::Nothing,
            101..200 => Outcome::Forward(response),
            // Every 2xx to an INVITE goes on, even the second.
            200..300 => {
                self.pending = self.pending.saturating_sub(1);
                self.is_answered = true;
                Outcome::ForwardAndCancel(response)
            }
            status => self.failure(status, response),
        }
    }

    fn failure(&mut self, status: u16, response: Message) -> Outcome {
        self.pending = self.pending.saturating_sub(1);
        if matches!(status, 401 | 407) {
            self.keep_challenges(&response);
        }
        let best = match self.best.take() {
            None => Box::new(response),
            Some(best) => best_response(best, Box::new(response)),
        };
        if self.is_answered {
            return Outcome::Nothing;
        }
        if self.pending > 0 {
            self.best = Some(best);
            return Outcome::Wait {
                cancel: status >= 600,
            };
        }
        self.is_answered = true;
        Outcome::ForwardBest(self.with_challenges(best))
    }

    fn keep_challenges(&mut self, response: &Message) {
        for name in CHALLENGES {
            for value in response.headers(name) {
                let challenge = (name, without_folds(value));
                if !self.challenges.contains(&challenge) {
                    self.challenges.push(challenge);
                }
            }
        }
    }

    /// 16.7 step 7: to try again, the caller needs the challenges of all branches. As many as fit.
    fn with_challenges(&mut self, mut best: Box<Message>) -> Box<Message> {
        let challenges = std::mem::take(&mut self.challenges);
        if !matches!(best.status(), Some(401 | 407)) {
            return best;
        }
        for (name, value) in challenges {
            let is_there = best
                .headers(name)
                .any(|present| without_folds(present) == value);
            if !is_there && best.append_header(name, &value).is_err() {
                break;
            }
        }
        best
    }

    /// A branch could not be made after all.
    pub fn branch_lost(&mut self) {
        self.pending = self.pending.saturating_sub(1);
    }
}

/// The better of two failures (16.7 step 6): any 6xx first, then the lowest class; within 4xx those that tell the caller
/// what to change.
#[must_use]
pub fn best_response(one: Box<Message>, other: Box<Message>) -> Box<Message> {
    if rank(&other) < rank(&one) {
        other
    } else {
        one
    }
}

fn rank(response: &Message) -> (u16, u16) {
    let status = response.status().unwrap_or(699);
    let class = match status / 100 {
        6 => 0,
        class => class,
    };
    let within = match status {
        401 | 407 => 0,
        415 | 420 | 484 => 1,
        // These say only that somebody was not there, or was called off.
        408 | 480 | 487 | 503 => 3,
        _ => 2,
    };
    (class, within)
}

fn without_folds(value: &[u8]) -> Vec<u8> {
    value
        .iter()
        .filter(|octet| !matches!(octet, b'\r' | b'\n'))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests;
