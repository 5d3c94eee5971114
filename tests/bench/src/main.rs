//! `make bench`: every number this project claims, beside its peers, in one run.
//!
//! Drives the servers as processes from outside and depends on none of their code.
//! Prints progress to stderr and a table to stdout, and writes JSON.

mod by_rpc;
mod calls;
mod cpu;
mod density;
mod error;
mod events;
mod evroute;
mod handler_loop;
mod idle;
mod kamailio;
mod memory;
mod micro;
mod neighbours;
mod options;
mod probe;
mod process;
mod progress;
mod registrations;
mod report;
mod rpc_client;
mod sample;
mod server;
mod sipp;
mod tool;
mod workers;

use std::fs;
use std::process::ExitCode;

use clap::Parser;

use crate::error::Error;
use crate::options::{Options, Part};
use crate::progress::Progress;
use crate::report::Report;

fn main() -> ExitCode {
    match measure(Options::parse()) {
        Ok(reports) => {
            for report in &reports {
                println!("{}", report.table());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("evroute-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(mut options: Options) -> Result<Vec<Report>, Error> {
    fs::create_dir_all(&options.out).map_err(Error::io("create", &options.out))?;
    // Children run in folders of their own, so every path must be absolute.
    options.out = options
        .out
        .canonicalize()
        .map_err(Error::io("open", &options.out))?;
    let progress = Progress::begin();
    let mut reports = Vec::new();
    if options.wants(Part::A) || options.wants(Part::B) {
        reports.extend(events::measure(&options, &progress)?);
    }
    if options.wants(Part::A) {
        reports.push(by_rpc::measure(&options, &progress)?);
    }
    if options.wants(Part::C) {
        reports.push(calls::measure(&options, &progress)?);
    }
    if options.wants(Part::E) {
        reports.push(neighbours::measure(&options, &progress)?);
    }
    if options.wants(Part::F) {
        reports.push(workers::measure(&options, &progress)?);
    }
    if options.wants(Part::G) {
        reports.push(density::measure(&options, &progress)?);
    }
    if options.wants(Part::H) {
        reports.push(registrations::measure(&options, &progress)?);
    }
    if options.wants(Part::I) {
        reports.push(idle::measure(&options, &progress)?);
    }
    for report in &reports {
        let path = report.write(&options.out)?;
        progress.say(&format!("written: {}", path.display()));
    }
    Ok(reports)
}
