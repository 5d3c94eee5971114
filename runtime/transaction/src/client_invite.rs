//! The INVITE client transaction: RFC 3261 17.1.1 with RFC 6026 (state Accepted, timer M),
//! Timer C of a proxy (16.6 step 11, 16.8) and the rules of 9.1 for when to cancel.

use std::time::Duration;

use bytes::Bytes;
use smallvec::smallvec;

use crate::action::{Action, Actions, CancelCause, Class, Delivery, End};
use crate::config::Config;
use crate::request::TimerOverrides;
use crate::timer::Timer;

/// Where the transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientInviteState {
    /// Sent, nothing heard.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A 2xx came: further ones are passed on (RFC 6026).
    Accepted,
    /// Another final response came: it is acknowledged as often as it comes.
    Completed,
}

/// Everything that can happen to it.
pub enum ClientInviteInput<'a> {
    /// A 100.
    Trying,
    /// A 101 to 199.
    Provisional,
    /// A 2xx.
    Success,
    /// A 300 to 699; the function prints the ACK (17.1.1.3; nothing where it cannot)
    /// and is called for the first only.
    Failure(&'a mut dyn FnMut() -> Bytes),
    /// The user wants the branch cancelled.
    Cancel,
    /// Sending failed.
    TransportError,
    /// Time to repeat the INVITE.
    TimerA,
    /// Nobody answered.
    TimerB,
    /// Rang for too long.
    TimerC,
    /// No more repeated responses.
    TimerD,
    /// No more 2xx.
    TimerM,
    /// No final response after the CANCEL; no response at all since it was wanted.
    TimerCancelled,
    /// Alive for too long, whatever rings.
    TimerLifetime,
}

impl ClientInviteInput<'_> {
    /// The input a timer is; `None` for timers of the other machines.
    #[must_use]
    pub fn of(timer: Timer) -> Option<Self> {
        match timer {
            Timer::A => Some(Self::TimerA),
            Timer::B => Some(Self::TimerB),
            Timer::C => Some(Self::TimerC),
            Timer::D => Some(Self::TimerD),
            Timer::M => Some(Self::TimerM),
            Timer::Cancelled => Some(Self::TimerCancelled),
            Timer::Lifetime => Some(Self::TimerLifetime),
            Timer::E
            | Timer::F
            | Timer::G
            | Timer::H
            | Timer::I
            | Timer::J
            | Timer::K
            | Timer::L
            | Timer::Trying => None,
        }
    }
}

/// How far the wish to cancel has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancel {
    Unwanted,
    /// Wanted before any provisional response: it must not be sent yet.
    Wanted,
    /// Sent, or on its way.
    Due,
}

/// One INVITE on its way to one next hop.
#[derive(Debug, Clone)]
pub struct ClientInvite {
    state: ClientInviteState,
    cancel: Cancel,
    delivery: Delivery,
    /// Current interval of Timer A.
    interval: Duration,
    timer_c: Duration,
    /// The INVITE; from Completed on its ACK; empty in Accepted.
    bytes: Bytes,
}

impl ClientInvite {
    /// Sends the INVITE and starts timers A (unreliable), B and C. `timer_b` and `timer_c`
    /// replace the configured values for this one branch (Kamailio's `t_set_fr`).
    #[must_use]
    pub fn start(
        request: Bytes,
        delivery: Delivery,
        config: &Config,
        timers: TimerOverrides,
    ) -> (Self, Actions) {
        let timer_b = timers.fr_timer.unwrap_or_else(|| config.t1_64());
        let timer_c = timers.fr_inv_timer.unwrap_or(config.timer_c);
        let mut actions: Actions = smallvec![Action::Send(request.clone())];
        match delivery {
            Delivery::Unreliable => actions.push(Action::Set(Timer::A, config.t1)),
            Delivery::Reliable => {}
        }
        actions.push(Action::Set(Timer::B, timer_b));
        actions.push(Action::Set(Timer::C, timer_c));
        let machine = Self {
            state: ClientInviteState::Calling,
            cancel: Cancel::Unwanted,
            delivery,
            interval: config.t1,
            timer_c,
            bytes: request,
        };
        (machine, actions)
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> ClientInviteState {
        self.state
    }

    /// The response class as an input.
    pub fn response<'a>(class: Class, ack: &'a mut dyn FnMut() -> Bytes) -> ClientInviteInput<'a> {
        match class {
            Class::Trying => ClientInviteInput::Trying,
            Class::Provisional => ClientInviteInput::Provisional,
            Class::Success => ClientInviteInput::Success,
            Class::Failure => ClientInviteInput::Failure(ack),
        }
    }

    /// Takes one input.
    pub fn handle(&mut self, input: ClientInviteInput<'_>, config: &Config) -> Actions {
        match self.state {
            ClientInviteState::Calling => self.calling(input, config),
            ClientInviteState::Proceeding => self.proceeding(input, config),
            ClientInviteState::Accepted => Self::accepted(input),
            ClientInviteState::Completed => self.completed(input),
        }
    }

    fn calling(&mut self, input: ClientInviteInput<'_>, config: &Config) -> Actions {
        match input {
            ClientInviteInput::Trying => self.enter_proceeding(None, config),
            ClientInviteInput::Provisional => self.enter_proceeding(Some(self.timer_c), config),
            ClientInviteInput::Success => self.enter_accepted(config),
            ClientInviteInput::Failure(ack) => self.enter_completed(ack, config),
            ClientInviteInput::Cancel => {
                // 9.1: without a provisional response a CANCEL might overtake the INVITE, so
                // the wish waits. The INVITE is still repeated: it is the only way to learn
                // whether somebody is ringing.
                let is_first = self.cancel == Cancel::Unwanted;
                self.cancel = Cancel::Wanted;
                let silence = Action::Set(Timer::Cancelled, config.cancel_silence_max);
                is_first.then_some(silence).into_iter().collect()
            }
            ClientInviteInput::TransportError => smallvec![Action::End(End::TransportError)],
            ClientInviteInput::TimerA => {
                self.interval = self.interval.saturating_mul(2);
                smallvec![
                    Action::Send(self.bytes.clone()),
                    Action::Set(Timer::A, self.interval)
                ]
            }
            ClientInviteInput::TimerB => smallvec![Action::End(End::Timeout)],
            // Shorter than Timer B and nothing heard: 16.8 says to act as if a 408 came.
            ClientInviteInput::TimerC => smallvec![Action::End(End::Timeout)],
            ClientInviteInput::TimerCancelled => smallvec![Action::GivenUp],
            ClientInviteInput::TimerD
            | ClientInviteInput::TimerM
            | ClientInviteInput::TimerLifetime => smallvec![],
        }
    }

    fn proceeding(&mut self, input: ClientInviteInput<'_>, config: &Config) -> Actions {
        match input {
            ClientInviteInput::Trying => smallvec![Action::Pass],
            ClientInviteInput::Provisional => match self.cancel {
                Cancel::Unwanted | Cancel::Wanted => {
                    smallvec![Action::Set(Timer::C, self.timer_c), Action::Pass]
                }
                // The wait after a CANCEL is not prolonged by a phone that keeps ringing.
                Cancel::Due => smallvec![Action::Pass],
            },
            ClientInviteInput::Success => self.enter_accepted(config),
            ClientInviteInput::Failure(ack) => self.enter_completed(ack, config),
            ClientInviteInput::Cancel => self.cancel_now(CancelCause::User, config),
            ClientInviteInput::TimerC => self.cancel_now(CancelCause::TimerC, config),
            ClientInviteInput::TimerLifetime => self.cancel_now(CancelCause::Lifetime, config),
            ClientInviteInput::TimerCancelled => smallvec![Action::End(End::Timeout)],
            // The INVITE has arrived: whatever failed was not it, and the answer may come
            // over a new connection (18.2.2).
            ClientInviteInput::TransportError
            | ClientInviteInput::TimerA
            | ClientInviteInput::TimerB
            | ClientInviteInput::TimerD
            | ClientInviteInput::TimerM => smallvec![],
        }
    }

    fn accepted(input: ClientInviteInput<'_>) -> Actions {
        match input {
            ClientInviteInput::Success => smallvec![Action::Pass],
            ClientInviteInput::TimerM => smallvec![Action::End(End::Done)],
            ClientInviteInput::Trying
            | ClientInviteInput::Provisional
            | ClientInviteInput::Failure(_)
            | ClientInviteInput::Cancel
            | ClientInviteInput::TransportError
            | ClientInviteInput::TimerA
            | ClientInviteInput::TimerB
            | ClientInviteInput::TimerC
            | ClientInviteInput::TimerD
            | ClientInviteInput::TimerCancelled
            | ClientInviteInput::TimerLifetime => smallvec![],
        }
    }

    fn completed(&mut self, input: ClientInviteInput<'_>) -> Actions {
        match input {
            ClientInviteInput::Failure(_) => self.send_ack().into_iter().collect(),
            ClientInviteInput::TransportError => smallvec![Action::End(End::TransportError)],
            ClientInviteInput::TimerD => smallvec![Action::End(End::Done)],
            ClientInviteInput::Trying
            | ClientInviteInput::Provisional
            | ClientInviteInput::Success
            | ClientInviteInput::Cancel
            | ClientInviteInput::TimerA
            | ClientInviteInput::TimerB
            | ClientInviteInput::TimerC
            | ClientInviteInput::TimerM
            | ClientInviteInput::TimerCancelled
            | ClientInviteInput::TimerLifetime => smallvec![],
        }
    }

    fn enter_proceeding(&mut self, restart_c: Option<Duration>, config: &Config) -> Actions {
        self.state = ClientInviteState::Proceeding;
        let lifetime = Action::Set(Timer::Lifetime, config.invite_lifetime_max);
        let mut actions: Actions = match restart_c {
            Some(timer_c) => smallvec![Action::ClearAll, lifetime, Action::Set(Timer::C, timer_c)],
            None => smallvec![Action::Clear(Timer::A), Action::Clear(Timer::B), lifetime],
        };
        actions.push(Action::Pass);
        match self.cancel {
            Cancel::Wanted => actions.extend(self.cancel_now(CancelCause::User, config)),
            Cancel::Unwanted | Cancel::Due => {}
        }
        actions
    }

    /// Only in Proceeding. 9.1: without a final response 64*T1 after the CANCEL the
    /// transaction counts as cancelled.
    fn cancel_now(&mut self, cause: CancelCause, config: &Config) -> Actions {
        match self.cancel {
            Cancel::Due => smallvec![],
            Cancel::Unwanted | Cancel::Wanted => {
                self.cancel = Cancel::Due;
                smallvec![
                    Action::ClearAll,
                    Action::Set(Timer::Cancelled, config.t1_64()),
                    Action::CancelDue(cause),
                ]
            }
        }
    }

    fn enter_accepted(&mut self, config: &Config) -> Actions {
        self.state = ClientInviteState::Accepted;
        self.bytes = Bytes::new();
        smallvec![
            Action::ClearAll,
            Action::Set(Timer::M, config.t1_64()),
            Action::Pass
        ]
    }

    fn enter_completed(&mut self, ack: &mut dyn FnMut() -> Bytes, config: &Config) -> Actions {
        self.state = ClientInviteState::Completed;
        self.bytes = ack();
        let mut actions: Actions = smallvec![Action::ClearAll];
        actions.extend(self.send_ack());
        actions.push(Action::Pass);
        actions.push(match self.delivery {
            Delivery::Unreliable => Action::Set(Timer::D, config.timer_d),
            Delivery::Reliable => Action::End(End::Done),
        });
        actions
    }

    /// Only in Completed. None where the ACK could not be printed.
    fn send_ack(&self) -> Option<Action> {
        (!self.bytes.is_empty()).then(|| Action::Send(self.bytes.clone()))
    }
}

#[cfg(test)]
mod tests;
