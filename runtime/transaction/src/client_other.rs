//! The non-INVITE client transaction: RFC 3261 17.1.2. CANCEL is one of these.

use std::time::Duration;

use bytes::Bytes;
use smallvec::smallvec;

use crate::action::{Action, Actions, Class, Delivery, End};
use crate::config::Config;
use crate::request::TimerOverrides;
use crate::timer::Timer;

/// Where the transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientOtherState {
    /// Sent, nothing heard.
    Trying,
    /// A provisional response came; the request is still repeated, every T2.
    Proceeding,
    /// The final response came; its repetitions are absorbed.
    Completed,
}

/// Everything that can happen to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientOtherInput {
    /// A 1xx.
    Provisional,
    /// A 200 to 699.
    Final,
    /// Sending failed.
    TransportError,
    /// Time to repeat the request.
    TimerE,
    /// No final response.
    TimerF,
    /// No more repeated responses.
    TimerK,
}

impl ClientOtherInput {
    /// The input a timer is; `None` for timers of the other machines.
    #[must_use]
    pub fn of(timer: Timer) -> Option<Self> {
        match timer {
            Timer::E => Some(Self::TimerE),
            Timer::F => Some(Self::TimerF),
            Timer::K => Some(Self::TimerK),
            Timer::A
            | Timer::B
            | Timer::C
            | Timer::D
            | Timer::G
            | Timer::H
            | Timer::I
            | Timer::J
            | Timer::L
            | Timer::M
            | Timer::Trying
            | Timer::Cancelled
            | Timer::Lifetime => None,
        }
    }
}

impl From<Class> for ClientOtherInput {
    fn from(class: Class) -> Self {
        match class {
            Class::Trying | Class::Provisional => Self::Provisional,
            Class::Success | Class::Failure => Self::Final,
        }
    }
}

/// One request other than INVITE and ACK on its way to one next hop.
#[derive(Debug, Clone)]
pub struct ClientOther {
    state: ClientOtherState,
    delivery: Delivery,
    /// Current interval of Timer E.
    interval: Duration,
    /// The request; empty in Completed.
    bytes: Bytes,
}

impl ClientOther {
    /// Sends the request and starts timers E (unreliable) and F.
    #[must_use]
    pub fn start(
        request: Bytes,
        delivery: Delivery,
        config: &Config,
        timers: TimerOverrides,
    ) -> (Self, Actions) {
        let timer_f = timers.fr_timer.unwrap_or_else(|| config.t1_64());
        let mut actions: Actions = smallvec![Action::Send(request.clone())];
        match delivery {
            Delivery::Unreliable => actions.push(Action::Set(Timer::E, config.t1)),
            Delivery::Reliable => {}
        }
        actions.push(Action::Set(Timer::F, timer_f));
        let state = ClientOtherState::Trying;
        (
            Self {
                state,
                delivery,
                interval: config.t1,
                bytes: request,
            },
            actions,
        )
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> ClientOtherState {
        self.state
    }

    /// Takes one input.
    pub fn handle(&mut self, input: ClientOtherInput, config: &Config) -> Actions {
        match self.state {
            ClientOtherState::Trying => self.trying(input, config),
            ClientOtherState::Proceeding => self.proceeding(input, config),
            ClientOtherState::Completed => Self::completed(input),
        }
    }

    fn trying(&mut self, input: ClientOtherInput, config: &Config) -> Actions {
        match input {
            ClientOtherInput::Provisional => {
                // Timer E keeps running as it is; from its next firing on it is T2.
                self.state = ClientOtherState::Proceeding;
                smallvec![Action::Pass]
            }
            ClientOtherInput::Final => self.enter_completed(config),
            ClientOtherInput::TransportError => smallvec![Action::End(End::TransportError)],
            ClientOtherInput::TimerE => {
                self.interval = self.interval.saturating_mul(2).min(config.t2);
                self.repeat()
            }
            ClientOtherInput::TimerF => smallvec![Action::End(End::Timeout)],
            ClientOtherInput::TimerK => smallvec![],
        }
    }

    fn proceeding(&mut self, input: ClientOtherInput, config: &Config) -> Actions {
        match input {
            ClientOtherInput::Provisional => smallvec![Action::Pass],
            ClientOtherInput::Final => self.enter_completed(config),
            ClientOtherInput::TransportError => smallvec![Action::End(End::TransportError)],
            ClientOtherInput::TimerE => {
                self.interval = config.t2;
                self.repeat()
            }
            ClientOtherInput::TimerF => smallvec![Action::End(End::Timeout)],
            ClientOtherInput::TimerK => smallvec![],
        }
    }

    fn completed(input: ClientOtherInput) -> Actions {
        match input {
            ClientOtherInput::TimerK => smallvec![Action::End(End::Done)],
            ClientOtherInput::Provisional
            | ClientOtherInput::Final
            | ClientOtherInput::TransportError
            | ClientOtherInput::TimerE
            | ClientOtherInput::TimerF => smallvec![],
        }
    }

    fn repeat(&self) -> Actions {
        smallvec![
            Action::Send(self.bytes.clone()),
            Action::Set(Timer::E, self.interval)
        ]
    }

    fn enter_completed(&mut self, config: &Config) -> Actions {
        self.state = ClientOtherState::Completed;
        self.bytes = Bytes::new();
        let wait = match self.delivery {
            Delivery::Unreliable => Action::Set(Timer::K, config.t4),
            Delivery::Reliable => Action::End(End::Done),
        };
        smallvec![Action::ClearAll, Action::Pass, wait]
    }
}

#[cfg(test)]
mod tests;
