//! The real binary: its exit codes and what it says.

#[cfg(test)]
mod access_page;
#[cfg(test)]
mod attested;
#[cfg(test)]
mod blocks;
#[cfg(test)]
mod build;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod check;
#[cfg(test)]
mod command;
#[cfg(test)]
mod compile;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod fake_registry;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod hostile_registry;
#[cfg(test)]
mod list;
#[cfg(test)]
mod login;
#[cfg(test)]
mod new;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod registry_tokens;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod run;
#[cfg(test)]
mod selftest;
#[cfg(test)]
mod server;
#[cfg(test)]
mod subscribers;
#[cfg(test)]
mod test;
