//! The core and its transactions between phones on the loopback interface: real sockets, virtual
//! time, handlers played by a recorder.

// All of this is test code; saying so lets clippy see it.
#[cfg(test)]
mod breadth;
#[cfg(test)]
mod calling_out;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod destinations;
#[cfg(test)]
mod forks;
#[cfg(test)]
mod local_requests;
#[cfg(test)]
mod locations;
#[cfg(test)]
mod loops;
#[cfg(test)]
mod nat;
#[cfg(test)]
mod networks;
#[cfg(test)]
mod order;
mod outgoing;
#[cfg(test)]
mod pace;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod phone;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod registrations;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod unowned_fields;
#[cfg(test)]
mod unreadable;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod wildcard;
