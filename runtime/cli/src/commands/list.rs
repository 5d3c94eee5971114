//! `evroute list`

use clap::{Args, ValueEnum};
use evroute_server::Catalogue;

use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute list events
  evroute list variables | grep contact
  evroute list metrics

Printed from what is compiled in, as Markdown. Needs no server.";

/// Print what handlers can be written for and with, and what is measured
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Which table
    #[arg(value_enum)]
    table: Table,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Table {
    /// Events, and the interface that handles each
    Events,
    /// Pseudo-variables
    Variables,
    /// Interfaces that handlers may import, and what grants them
    Capabilities,
    /// What GET /metrics of a running server shows
    Metrics,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let catalogue = match self.table {
            Table::Events => Catalogue::Events,
            Table::Variables => Catalogue::Variables,
            Table::Capabilities => Catalogue::Capabilities,
            Table::Metrics => Catalogue::Metrics,
        };
        output::done(catalogue.print().trim_end())
    }
}
