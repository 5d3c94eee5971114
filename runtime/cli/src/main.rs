//! The evroute command: parse, validate, execute, exit code.

mod admin_client;
mod admin_url;
mod attestation_file;
mod commands;
mod compared;
mod component_file;
mod contexts;
mod deployed_handler;
mod duration;
mod exit;
mod loopback;
mod output;
mod params;
mod recorded_events;
mod recording_file;
mod registry;
mod secret_input;
mod subscriber_table;
mod table;
mod tenant_asked;
mod trust;
mod usage_report;

use std::panic::catch_unwind;
use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;
use crate::exit::Exit;

/// Events are raised by several threads at the same time and allocate a little each.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A SIP server whose event_route blocks are WebAssembly components.
#[derive(Debug, Parser)]
#[command(name = "evroute", version, max_term_width = 100, after_help = exit::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    // A panic is our fault and has its own exit code; what it says is printed by then.
    catch_unwind(run).unwrap_or(Exit::OurFault).into()
}

fn run() -> Exit {
    match Arguments::try_parse() {
        Ok(arguments) => arguments.command.execute(),
        Err(asked) => {
            // --help and --version are "errors" too, with code 0.
            let is_wrong = asked.use_stderr();
            let printed = asked.print();
            if is_wrong {
                Exit::Usage
            } else {
                Exit::after_printing(printed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_commands_are_put_together_without_contradictions() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_shows_examples() {
        for command in Arguments::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            let name = command.get_name().to_owned();
            assert!(
                help.contains(&format!("Examples:\n  evroute {name} ")),
                "{name}: {help}"
            );
        }
    }
}
