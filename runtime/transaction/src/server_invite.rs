//! The INVITE server transaction: RFC 3261 17.2.1 with RFC 6026 (state Accepted, timer L,
//! transport errors no longer end it).

use std::time::Duration;

use bytes::Bytes;
use smallvec::smallvec;

use crate::action::{Action, Actions, Class, Delivery, End};
use crate::config::Config;
use crate::timer::Timer;

/// Where the transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerInviteState {
    /// Given to the user, no final response yet.
    Proceeding,
    /// A 2xx went out. Whoever made the 2xx repeats it and the ACK is its own message: here
    /// repeated INVITEs are absorbed, further 2xx sent and ACKs passed on (RFC 6026).
    Accepted,
    /// Another final response went out and is repeated until the ACK comes.
    Completed,
    /// The ACK came; its repetitions are absorbed.
    Confirmed,
}

/// Everything that can happen to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerInviteInput {
    /// The same INVITE again.
    Invite,
    /// An ACK with the INVITE's branch.
    Ack,
    /// The user answers.
    Respond(Class, Bytes),
    /// Sending failed.
    TransportError,
    /// Time to repeat the final response.
    TimerG,
    /// No ACK came.
    TimerH,
    /// No more repeated ACKs.
    TimerI,
    /// No more repeated INVITEs.
    TimerL,
    /// 200 ms without an answer.
    TimerTrying,
    /// The user never answered.
    TimerLifetime,
}

impl ServerInviteInput {
    /// The input a timer is; `None` for timers of the other machines.
    #[must_use]
    pub fn of(timer: Timer) -> Option<Self> {
        match timer {
            Timer::G => Some(Self::TimerG),
            Timer::H => Some(Self::TimerH),
            Timer::I => Some(Self::TimerI),
            Timer::L => Some(Self::TimerL),
            Timer::Trying => Some(Self::TimerTrying),
            Timer::Lifetime => Some(Self::TimerLifetime),
            Timer::A
            | Timer::B
            | Timer::C
            | Timer::D
            | Timer::E
            | Timer::F
            | Timer::J
            | Timer::K
            | Timer::M
            | Timer::Cancelled => None,
        }
    }
}

/// One INVITE that came in.
#[derive(Debug, Clone)]
pub struct ServerInvite {
    state: ServerInviteState,
    delivery: Delivery,
    /// Current interval of Timer G.
    interval: Duration,
    /// The last response sent; `None` before the first and where it is no longer repeated.
    response: Option<Bytes>,
}

impl ServerInvite {
    /// Waits for the user's answer.
    #[must_use]
    pub fn start(delivery: Delivery, config: &Config) -> (Self, Actions) {
        let machine = Self {
            state: ServerInviteState::Proceeding,
            delivery,
            interval: config.t1,
            response: None,
        };
        let actions = smallvec![
            Action::Set(Timer::Trying, config.trying_after),
            Action::Set(Timer::Lifetime, config.unanswered_invite_max()),
        ];
        (machine, actions)
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> ServerInviteState {
        self.state
    }

    /// Whether nothing was answered yet, not even provisionally.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.state == ServerInviteState::Proceeding && self.response.is_none()
    }

    /// Whether a response of this class may still be sent.
    #[must_use]
    pub fn may_respond(&self, class: Class) -> bool {
        match (self.state, class) {
            (ServerInviteState::Proceeding, _) | (ServerInviteState::Accepted, Class::Success) => {
                true
            }
            (ServerInviteState::Accepted, Class::Trying | Class::Provisional | Class::Failure)
            | (ServerInviteState::Completed | ServerInviteState::Confirmed, _) => false,
        }
    }

    /// Takes one input.
    pub fn handle(&mut self, input: ServerInviteInput, config: &Config) -> Actions {
        match self.state {
            ServerInviteState::Proceeding => self.proceeding(input, config),
            ServerInviteState::Accepted => Self::accepted(input),
            ServerInviteState::Completed => self.completed(input, config),
            ServerInviteState::Confirmed => Self::confirmed(input),
        }
    }

    fn proceeding(&mut self, input: ServerInviteInput, config: &Config) -> Actions {
        match input {
            ServerInviteInput::Invite => self.response.iter().cloned().map(Action::Send).collect(),
            ServerInviteInput::Respond(Class::Trying | Class::Provisional, bytes) => {
                self.response = Some(bytes.clone());
                smallvec![Action::Clear(Timer::Trying), Action::Send(bytes)]
            }
            ServerInviteInput::Respond(Class::Success, bytes) => {
                self.state = ServerInviteState::Accepted;
                self.response = None;
                smallvec![
                    Action::ClearAll,
                    Action::Send(bytes),
                    Action::Set(Timer::L, config.t1_64()),
                ]
            }
            ServerInviteInput::Respond(Class::Failure, bytes) => {
                self.enter_completed(bytes, config)
            }
            ServerInviteInput::TransportError => smallvec![Action::SendFailed],
            ServerInviteInput::TimerTrying => smallvec![Action::TryingDue],
            ServerInviteInput::TimerLifetime => smallvec![Action::End(End::Unanswered)],
            ServerInviteInput::Ack
            | ServerInviteInput::TimerG
            | ServerInviteInput::TimerH
            | ServerInviteInput::TimerI
            | ServerInviteInput::TimerL => {
                smallvec![]
            }
        }
    }

    fn accepted(input: ServerInviteInput) -> Actions {
        match input {
            ServerInviteInput::Ack => smallvec![Action::Pass],
            ServerInviteInput::Respond(Class::Success, bytes) => smallvec![Action::Send(bytes)],
            ServerInviteInput::TransportError => smallvec![Action::SendFailed],
            ServerInviteInput::TimerL => smallvec![Action::End(End::Done)],
            ServerInviteInput::Invite
            | ServerInviteInput::Respond(Class::Trying | Class::Provisional | Class::Failure, _)
            | ServerInviteInput::TimerG
            | ServerInviteInput::TimerH
            | ServerInviteInput::TimerI
            | ServerInviteInput::TimerTrying
            | ServerInviteInput::TimerLifetime => smallvec![],
        }
    }

    fn completed(&mut self, input: ServerInviteInput, config: &Config) -> Actions {
        match input {
            ServerInviteInput::Invite => self.response.iter().cloned().map(Action::Send).collect(),
            ServerInviteInput::Ack => self.enter_confirmed(config),
            ServerInviteInput::TransportError => smallvec![Action::SendFailed],
            ServerInviteInput::TimerG => {
                self.interval = self.interval.saturating_mul(2).min(config.t2);
                let mut actions: Actions =
                    self.response.iter().cloned().map(Action::Send).collect();
                actions.push(Action::Set(Timer::G, self.interval));
                actions
            }
            ServerInviteInput::TimerH => smallvec![Action::End(End::Timeout)],
            ServerInviteInput::Respond(..)
            | ServerInviteInput::TimerI
            | ServerInviteInput::TimerL
            | ServerInviteInput::TimerTrying
            | ServerInviteInput::TimerLifetime => smallvec![],
        }
    }

    fn confirmed(input: ServerInviteInput) -> Actions {
        match input {
            ServerInviteInput::TimerI => smallvec![Action::End(End::Done)],
            ServerInviteInput::Invite
            | ServerInviteInput::Ack
            | ServerInviteInput::Respond(..)
            | ServerInviteInput::TransportError
            | ServerInviteInput::TimerG
            | ServerInviteInput::TimerH
            | ServerInviteInput::TimerL
            | ServerInviteInput::TimerTrying
            | ServerInviteInput::TimerLifetime => smallvec![],
        }
    }

    fn enter_completed(&mut self, bytes: Bytes, config: &Config) -> Actions {
        self.state = ServerInviteState::Completed;
        self.response = Some(bytes.clone());
        let mut actions: Actions = smallvec![Action::ClearAll, Action::Send(bytes),];
        match self.delivery {
            Delivery::Unreliable => actions.push(Action::Set(Timer::G, config.t1)),
            Delivery::Reliable => {}
        }
        actions.push(Action::Set(Timer::H, config.t1_64()));
        actions
    }

    fn enter_confirmed(&mut self, config: &Config) -> Actions {
        self.state = ServerInviteState::Confirmed;
        self.response = None;
        let wait = match self.delivery {
            Delivery::Unreliable => Action::Set(Timer::I, config.t4),
            Delivery::Reliable => Action::End(End::Done),
        };
        smallvec![Action::ClearAll, wait]
    }
}

#[cfg(test)]
mod tests;
