//! One file for each command: its arguments, and what it does with them.

mod audit;
mod blame;
mod build;
mod build_project;
mod cell;
mod check;
mod compile;
mod completions;
mod context;
mod deploy;
mod diff;
mod drain;
mod follow;
mod fuzz;
mod grant_lines;
mod key;
mod list;
mod login;
mod logs;
mod manual;
mod new;
mod promote;
mod pull;
mod push;
mod raise;
mod recordings;
mod registry_arguments;
mod replay;
mod revisions;
mod rollback;
mod rpc;
mod run;
mod selftest;
mod shadow;
mod sign;
mod subscribers;
mod tail;
mod tenant;
mod tenants;
mod test;
mod token;
mod usage;
mod watch;

use clap::Subcommand;

use evroute_server::check_component;

use crate::exit::Exit;

/// What the user wants.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(new::Arguments),
    Run(run::Arguments),
    Check(check::Arguments),
    Build(build::Arguments),
    Test(test::Arguments),
    Recordings(recordings::Arguments),
    Replay(replay::Arguments),
    Fuzz(Box<fuzz::Arguments>),
    List(list::Arguments),
    Deploy(Box<deploy::Arguments>),
    Promote(promote::Arguments),
    Rollback(rollback::Arguments),
    Drain(drain::Arguments),
    Revisions(revisions::Arguments),
    Diff(diff::Arguments),
    Blame(blame::Arguments),
    Audit(audit::Arguments),
    Key(key::Arguments),
    Sign(sign::Arguments),
    Selftest(selftest::Arguments),
    Raise(raise::Arguments),
    Rpc(rpc::Arguments),
    Tenant(tenant::Arguments),
    Tenants(tenants::Arguments),
    Token(token::Arguments),
    Subscribers(subscribers::Arguments),
    Usage(usage::Arguments),
    Push(push::Arguments),
    Pull(pull::Arguments),
    Login(login::Arguments),
    Context(context::Arguments),
    Logs(logs::Arguments),
    Tail(tail::Arguments),
    Completions(completions::Arguments),
    Manual(manual::Arguments),
    #[command(name = "__cell", hide = true)]
    Cell(cell::Arguments),
    #[command(name = "__compile", hide = true)]
    Compile(compile::Arguments),
}

impl Command {
    /// Does it.
    pub(crate) fn execute(&self) -> Exit {
        match self {
            Self::New(arguments) => arguments.execute(),
            Self::Run(arguments) => arguments.execute(),
            Self::Check(arguments) => arguments.execute(check_component),
            Self::Build(arguments) => arguments.execute(check_component),
            Self::Test(arguments) => arguments.execute(),
            Self::Recordings(arguments) => arguments.execute(),
            Self::Replay(arguments) => arguments.execute(),
            Self::Fuzz(arguments) => arguments.execute(),
            Self::List(arguments) => arguments.execute(),
            Self::Deploy(arguments) => arguments.execute(),
            Self::Promote(arguments) => arguments.execute(),
            Self::Rollback(arguments) => arguments.execute(),
            Self::Drain(arguments) => arguments.execute(),
            Self::Revisions(arguments) => arguments.execute(),
            Self::Diff(arguments) => arguments.execute(),
            Self::Blame(arguments) => arguments.execute(),
            Self::Audit(arguments) => arguments.execute(),
            Self::Key(arguments) => arguments.execute(),
            Self::Sign(arguments) => arguments.execute(),
            Self::Selftest(arguments) => arguments.execute(),
            Self::Raise(arguments) => arguments.execute(),
            Self::Rpc(arguments) => arguments.execute(),
            Self::Tenant(arguments) => arguments.execute(),
            Self::Tenants(arguments) => arguments.execute(),
            Self::Token(arguments) => arguments.execute(),
            Self::Subscribers(arguments) => arguments.execute(),
            Self::Usage(arguments) => arguments.execute(),
            Self::Push(arguments) => arguments.execute(),
            Self::Pull(arguments) => arguments.execute(),
            Self::Login(arguments) => arguments.execute(),
            Self::Context(arguments) => arguments.execute(),
            Self::Logs(arguments) => arguments.execute(),
            Self::Tail(arguments) => arguments.execute(),
            Self::Completions(arguments) => arguments.execute(),
            Self::Manual(arguments) => arguments.execute(),
            Self::Cell(arguments) => arguments.execute(),
            Self::Compile(arguments) => arguments.execute(),
        }
    }
}
