//! The non-INVITE server transaction: RFC 3261 17.2.2. CANCEL is one of these.

use bytes::Bytes;
use smallvec::smallvec;

use crate::action::{Action, Actions, Class, Delivery, End};
use crate::config::Config;
use crate::timer::Timer;

/// Where the transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerOtherState {
    /// Given to the user, nothing sent.
    Trying,
    /// A provisional response went out.
    Proceeding,
    /// The final response went out and answers repeated requests.
    Completed,
}

/// Everything that can happen to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerOtherInput {
    /// The same request again.
    Request,
    /// The user answers.
    Respond(Class, Bytes),
    /// Sending failed.
    TransportError,
    /// No more repeated requests.
    TimerJ,
    /// The user never answered.
    TimerLifetime,
}

impl ServerOtherInput {
    /// The input a timer is; `None` for timers of the other machines.
    #[must_use]
    pub fn of(timer: Timer) -> Option<Self> {
        match timer {
            Timer::J => Some(Self::TimerJ),
            Timer::Lifetime => Some(Self::TimerLifetime),
            Timer::A
            | Timer::B
            | Timer::C
            | Timer::D
            | Timer::E
            | Timer::F
            | Timer::G
            | Timer::H
            | Timer::I
            | Timer::K
            | Timer::L
            | Timer::M
            | Timer::Trying
            | Timer::Cancelled => None,
        }
    }
}

/// One request other than INVITE and ACK that came in.
#[derive(Debug, Clone)]
pub struct ServerOther {
    state: ServerOtherState,
    delivery: Delivery,
    /// The last response sent.
    response: Option<Bytes>,
}

impl ServerOther {
    /// Waits for the user's answer.
    #[must_use]
    pub fn start(delivery: Delivery, config: &Config) -> (Self, Actions) {
        let machine = Self {
            state: ServerOtherState::Trying,
            delivery,
            response: None,
        };
        (
            machine,
            smallvec![Action::Set(Timer::Lifetime, config.other_lifetime_max)],
        )
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> ServerOtherState {
        self.state
    }

    /// Whether a response may still be sent: any, until the final one.
    #[must_use]
    pub fn may_respond(&self) -> bool {
        match self.state {
            ServerOtherState::Trying | ServerOtherState::Proceeding => true,
            ServerOtherState::Completed => false,
        }
    }

    /// Takes one input.
    pub fn handle(&mut self, input: ServerOtherInput, config: &Config) -> Actions {
        match self.state {
            ServerOtherState::Trying => self.trying(input, config),
            ServerOtherState::Proceeding => self.proceeding(input, config),
            ServerOtherState::Completed => self.completed(input),
        }
    }

    fn trying(&mut self, input: ServerOtherInput, config: &Config) -> Actions {
        match input {
            ServerOtherInput::Respond(class, bytes) => self.respond(class, bytes, config),
            ServerOtherInput::TimerLifetime => smallvec![Action::End(End::Unanswered)],
            // Nothing was sent yet, so nothing can have failed.
            ServerOtherInput::Request
            | ServerOtherInput::TransportError
            | ServerOtherInput::TimerJ => smallvec![],
        }
    }

    fn proceeding(&mut self, input: ServerOtherInput, config: &Config) -> Actions {
        match input {
            ServerOtherInput::Request => self.repeat(),
            ServerOtherInput::Respond(class, bytes) => self.respond(class, bytes, config),
            ServerOtherInput::TransportError => smallvec![Action::End(End::TransportError)],
            ServerOtherInput::TimerLifetime => smallvec![Action::End(End::Unanswered)],
            ServerOtherInput::TimerJ => smallvec![],
        }
    }

    fn completed(&mut self, input: ServerOtherInput) -> Actions {
        match input {
            ServerOtherInput::Request => self.repeat(),
            ServerOtherInput::TransportError => smallvec![Action::End(End::TransportError)],
            ServerOtherInput::TimerJ => smallvec![Action::End(End::Done)],
            ServerOtherInput::Respond(..) | ServerOtherInput::TimerLifetime => smallvec![],
        }
    }

    fn repeat(&self) -> Actions {
        self.response.iter().cloned().map(Action::Send).collect()
    }

    fn respond(&mut self, class: Class, bytes: Bytes, config: &Config) -> Actions {
        self.response = Some(bytes.clone());
        match class {
            Class::Trying | Class::Provisional => {
                self.state = ServerOtherState::Proceeding;
                smallvec![Action::Send(bytes)]
            }
            Class::Success | Class::Failure => {
                self.state = ServerOtherState::Completed;
                let wait = match self.delivery {
                    Delivery::Unreliable => Action::Set(Timer::J, config.t1_64()),
                    Delivery::Reliable => Action::End(End::Done),
                };
                smallvec![Action::ClearAll, Action::Send(bytes), wait]
            }
        }
    }
}

#[cfg(test)]
mod tests;
