//! RFC 3261 16.7: the responses of all branches of one request, and which one goes back.

use evroute_sip::{EditError, HeaderName, Message};
use smallvec::{SmallVec, smallvec};

/// What to do after one response, in order.
pub type ResponseActions = SmallVec<[ResponseAction; 2]>;

/// The branches of one forwarded request and what they answered. Timers and sending are the
/// core's; so is Timer C.
///
/// Branches may be added at any time before a final response went upstream: after
/// [`ResponseAction::Complete`] a handler may try further targets.
#[derive(Clone, Debug)]
pub struct ResponseContext {
    kind: Kind,
    branches: Vec<Branch>,
    is_answered: bool,
}

/// Which branch, in the order they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BranchIndex(usize);

/// What to do after a response.
#[derive(Clone, Debug)]
pub enum ResponseAction {
    /// Send this upstream now.
    Relay(Message),
    /// Cancel every branch that is still pending (16.7 step 10, 16.8).
    CancelPending,
    /// All branches are final and nothing final was relayed: send [`ResponseContext::best`],
    /// or add branches.
    Complete,
}

/// The final response to send upstream.
#[derive(Clone, Debug)]
pub enum BestResponse {
    /// One that was received, credentials of the others merged in (16.7 step 7).
    Response(Message),
    /// One to be made here, with this status: 500, or what a branch
    /// [failed](ResponseContext::fail) with.
    Local(u16),
    /// None: a 408 to a request other than INVITE only adds to the load, since its sender has
    /// given up (RFC 4320 4.2).
    NoResponse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Invite,
    Other,
}

#[derive(Clone, Debug)]
enum Branch {
    Pending,
    Received(u16, Message),
    /// It failed here: a timeout or a broken transport.
    Failed(u16),
    /// It answered with success, which was relayed.
    Done,
}

impl ResponseContext {
    /// A context without branches, for this request.
    #[must_use]
    pub fn new(request: &Message) -> Self {
        let is_invite = request.method() == evroute_sip::Method::Invite;
        let kind = if is_invite { Kind::Invite } else { Kind::Other };
        Self {
            kind,
            branches: Vec::new(),
            is_answered: false,
        }
    }

    /// Adds a branch that was just sent.
    pub fn add_branch(&mut self) -> BranchIndex {
        self.branches.push(Branch::Pending);
        BranchIndex(self.branches.len() - 1)
    }

    /// Branches without a final response, in order.
    pub fn pending(&self) -> impl Iterator<Item = BranchIndex> + '_ {
        let branches = self.branches.iter().enumerate();
        branches
            .filter(|(_, branch)| matches!(branch, Branch::Pending))
            .map(|(at, _)| BranchIndex(at))
    }

    /// Whether a branch has no final response yet.
    #[must_use]
    pub fn is_pending(&self, branch: BranchIndex) -> bool {
        matches!(self.branches.get(branch.0), Some(Branch::Pending))
    }

    /// Whether a final response has gone upstream.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.is_answered
    }

    /// A response came on a branch, our Via taken off. Steps 4, 5 and 10.
    #[must_use]
    pub fn receive(&mut self, branch: BranchIndex, response: Message) -> ResponseActions {
        match response.status().unwrap_or(0) {
            // 100 is hop by hop; a request is none of ours.
            0..=100 => ResponseActions::new(),
            // RFC 4320 4.1: nothing but INVITE is answered provisionally.
            101..=199 if self.is_answered || self.kind == Kind::Other => ResponseActions::new(),
            101..=199 => smallvec![ResponseAction::Relay(response)],
            200..=299 => self.succeed(branch, response),
            status => self.settle(branch, Branch::Received(status, response), status),
        }
    }

    /// A branch failed without a response: 408 for a timeout, 503 for a transport error
    /// (16.7 step 5, 16.9).
    #[must_use]
    pub fn fail(&mut self, branch: BranchIndex, status: u16) -> ResponseActions {
        self.settle(branch, Branch::Failed(status), status)
    }

    /// A final response was sent upstream that did not come through here: from
    /// [`best`](Self::best), or made by a handler.
    pub fn answered(&mut self) {
        self.is_answered = true;
    }

    fn succeed(&mut self, branch: BranchIndex, response: Message) -> ResponseActions {
        let is_first = !self.is_answered;
        self.is_answered = true;
        if let Some(slot) = self.branches.get_mut(branch.0) {
            *slot = Branch::Done;
        }
        let mut actions = ResponseActions::new();
        // Every 2xx to an INVITE is a dialog of its own and must reach the caller.
        if is_first || self.kind == Kind::Invite {
            actions.push(ResponseAction::Relay(response));
        }
        if is_first && self.pending().next().is_some() {
            actions.push(ResponseAction::CancelPending);
        }
        actions
    }

    fn settle(&mut self, branch: BranchIndex, becomes: Branch, status: u16) -> ResponseActions {
        match self.branches.get_mut(branch.0) {
            Some(slot @ Branch::Pending) => *slot = becomes,
            // A branch has one final response; repetitions end in its transaction.
            Some(Branch::Received(..) | Branch::Failed(_) | Branch::Done) | None => {
                return ResponseActions::new();
            }
        }
        if self.is_answered {
            return ResponseActions::new();
        }
        if self.pending().next().is_none() {
            smallvec![ResponseAction::Complete]
        } else if status >= 600 {
            // The callee declines everywhere; the rest is called off, then this is sent.
            smallvec![ResponseAction::CancelPending]
        } else {
            ResponseActions::new()
        }
    }

    /// Steps 6 and 7: the best final response so far; `None` when no branch has one.
    ///
    /// # Errors
    /// When the credentials of the others could not be merged in.
    pub fn best(&self) -> Result<Option<BestResponse>, EditError> {
        let finals = self.branches.iter().filter_map(|branch| match branch {
            Branch::Received(status, response) => Some((*status, Some(response))),
            Branch::Failed(status) => Some((*status, None)),
            Branch::Pending | Branch::Done => None,
        });
        // The first among equals: it answered first, or was tried first.
        let Some((status, response)) = finals.min_by_key(|(status, _)| rank(*status)) else {
            return Ok(None);
        };
        match (status, response) {
            // That a server behind us is overloaded does not mean that we are (step 6).
            (503, _) => Ok(Some(BestResponse::Local(500))),
            (408, _) if self.kind == Kind::Other => Ok(Some(BestResponse::NoResponse)),
            (401 | 407, Some(response)) => self.with_all_challenges(response).map(Some),
            (_, Some(response)) => Ok(Some(BestResponse::Response(response.clone()))),
            (status, None) => Ok(Some(BestResponse::Local(status))),
        }
    }

    /// Step 7: the caller needs the challenges of all branches to try again.
    fn with_all_challenges(&self, best: &Message) -> Result<BestResponse, EditError> {
        let mut merged = best.clone();
        for branch in &self.branches {
            let Branch::Received(401 | 407, other) = branch else {
                continue;
            };
            for name in [HeaderName::WwwAuthenticate, HeaderName::ProxyAuthenticate] {
                for value in other.headers(name) {
                    let is_there = merged.headers(name).any(|present| present == value);
                    if !is_there {
                        merged.append_header(name, one_line(value))?;
                    }
                }
            }
        }
        Ok(BestResponse::Response(merged))
    }
}

/// The value without its folds.
fn one_line(value: &[u8]) -> Vec<u8> {
    let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    value
        .iter()
        .filter(|byte| !is_line_end(byte))
        .copied()
        .collect()
}

/// Step 6: 6xx first, else the lowest class; within 4xx what helps the caller to try again,
/// then what says more than that somebody was called off, and last what says only that nobody
/// was there; 503 behind other 5xx.
fn rank(status: u16) -> (u16, u8) {
    let class = match status {
        600.. => 0,
        status => status / 100,
    };
    let within = match status {
        401 | 407 => 0,
        415 | 420 | 484 => 1,
        487 => 3,
        408 | 480 | 503 => 4,
        _ => 2,
    };
    (class, within)
}

#[cfg(test)]
mod tests;
